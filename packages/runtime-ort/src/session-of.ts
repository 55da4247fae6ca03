import { type Model, modelToBytes, noEdit } from "@prune/onnx";
import { createSession, type Session, type SessionOptions } from "./session.js";

/** Opens a model that is in memory; weights in other files come along, as a session of bytes alone finds no files. */
export const sessionOf = (model: Model, options: SessionOptions = {}): Promise<Session> =>
  createSession(model.external ? modelToBytes(model, noEdit) : model.source, options);
