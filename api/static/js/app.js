// Starts the small helpers that every page shares. Each does one thing and works on what HTMX swaps in.
import { watchAppearance } from "./appearance.js";
import { drawCharts } from "./chart.js";
import { watchDesk } from "./desk.js";
import { watchDialog } from "./dialog.js";
import { watchLive } from "./live.js";
import { watchRequests } from "./requests.js";
import { watchSelection } from "./selection.js";
import { watchToasts } from "./toasts.js";
import { watchUpload } from "./upload.js";

watchDialog();
watchToasts();
watchRequests();
watchSelection();
watchAppearance();
watchDesk();
watchUpload();
watchLive();
drawCharts();
// HTMX starts at DOMContentLoaded, before this listener; until then its buttons take no clicks, which would be lost.
document.addEventListener("DOMContentLoaded", () => { document.body.dataset.ready = ""; });
