// Starts the small helpers that every page shares. Each does one thing and works on what HTMX swaps in.
import { watchAppearance } from "./appearance.js";
import { watchBoard } from "./board.js";
import { watchBatch } from "./batch.js";
import { drawCharts } from "./chart.js";
import { watchComposing } from "./composing.js";
import { watchCopying } from "./copying.js";
import { watchDesk } from "./desk.js";
import { watchDialog } from "./dialog.js";
import { watchJobs } from "./jobs.js";
import { watchLive } from "./live.js";
import { showCurrent } from "./navigation.js";
import { watchPlots } from "./plots.js";
import { watchRequests } from "./requests.js";
import { watchScrollable } from "./scrollable.js";
import { watchSelection } from "./selection.js";
import { watchToasts } from "./toasts.js";
import { watchUpload } from "./upload.js";

watchComposing();
watchDialog();
watchToasts();
watchRequests();
watchSelection();
watchBoard();
watchAppearance();
watchBatch();
watchDesk();
watchCopying();
watchUpload();
watchJobs();
watchLive();
watchPlots();
watchScrollable();
drawCharts();
showCurrent();
// HTMX starts at DOMContentLoaded, before this listener; until then its buttons take no clicks, which would be lost.
document.addEventListener("DOMContentLoaded", () => { document.body.dataset.ready = ""; });
