import { type Model, noEdit } from "@prune/onnx";
import { withEdited } from "./edited.js";
import { createSession, type Session, type SessionOptions } from "./session.js";

/** Opens a model that is in memory; weights in files come along, as a session of bytes alone finds none. */
export const sessionOf = (model: Model, options: SessionOptions = {}): Promise<Session> =>
  model.external || model.outlined
    ? withEdited(model, noEdit, (source) => createSession(source, options), options)
    : createSession(model.source, options);
