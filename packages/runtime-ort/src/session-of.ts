import { type Model, noEdit } from "@prune/onnx";
import { withEdited } from "./edited.js";
import { createSession, type Session, type SessionOptions } from "./session.js";

/** Opens a model that is in memory; weights in other files come along, as a session of bytes alone finds no files. */
export const sessionOf = (model: Model, options: SessionOptions = {}): Promise<Session> =>
  model.external
    ? withEdited(model, noEdit, (source) => createSession(source, options), options)
    : createSession(model.source, options);
