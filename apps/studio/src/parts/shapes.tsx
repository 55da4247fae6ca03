interface ShapesProps {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A shape and what became of it: a line breaks between them, never inside one. */
export function Shapes({ before, after }: ShapesProps): React.ReactElement {
  return (
    <>
      <span className="shape">{before ?? "–"}</span>
      {after === undefined ? null : (
        <>
          {" "}
          <span className="shape">→ {after}</span>
        </>
      )}
    </>
  );
}
