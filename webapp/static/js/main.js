// The one script of every page. Each module enhances what is already usable without it.
import { watchAutosave } from "./autosave.js";
import { watchConfirm } from "./confirm.js";
import { watchFocus } from "./focus.js";
import { watchExamples } from "./live-example.js";
import { watchKeptForms } from "./keep-form.js";
import { watchLookups } from "./lookup.js";
import { watchMenus } from "./menus.js";
import { watchProgress } from "./progress.js";
import { watchQuickHide } from "./quick-hide.js";
import { watchRepeat } from "./repeat-rows.js";
import { watchSections } from "./sections.js";
import { watchSelection } from "./selection.js";
import { watchWhen } from "./when-fields.js";

watchQuickHide();
watchMenus();
watchFocus();
watchConfirm();
watchRepeat();
watchAutosave();
watchKeptForms();
watchWhen();
watchProgress();
watchLookups();
watchSections();
watchSelection();
watchExamples();
