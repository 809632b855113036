import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { theme } from "./app/theme";
import "./style/colours.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/screens.css";

theme.start();
createRoot(document.getElementById("page")!).render(<StrictMode><App /></StrictMode>);
