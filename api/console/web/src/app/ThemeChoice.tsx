import { useState } from "react";
import { theme, type Theme } from "./theme";

export function ThemeChoice() {
  const [chosen, setChosen] = useState(theme.chosen());
  return (
    <select
      aria-label="Colours"
      className="plain"
      value={chosen}
      onChange={(event) => {
        const value = event.target.value as Theme;
        theme.choose(value);
        setChosen(value);
      }}
    >
      <option value="auto">Auto</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
