import { useId } from "react";

interface SliderProps {
  readonly title: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly print?: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A share by a slider, with its value beside it. */
export function Slider({
  title,
  value,
  min = 0,
  max = 0.95,
  step = 0.01,
  print = (share) => `${Math.round(100 * share)} %`,
  onChange,
}: SliderProps): React.ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      <span className="slider">
        <input
          id={id}
          type="range"
          min={min}
          max={max}
          step={step}
          value={value}
          aria-valuetext={print(value)}
          onChange={(event) => onChange(Number(event.target.value))}
        />
        <output htmlFor={id}>{print(value)}</output>
      </span>
    </div>
  );
}
