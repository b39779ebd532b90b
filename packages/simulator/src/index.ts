export { INVARIANTS, type InvariantId } from "./invariants.ts";
export { type Platform, QUIET, type Scenario, TROUBLED } from "./scenario.ts";
export { type SimulationReport, simulate } from "./simulate.ts";
export { type CloneStory, type CloneTale, tellCloneStory } from "./stories/clone-story.ts";
export { MACHINE_STORIES } from "./stories/machine-stories.ts";
export { type MachineStory, tellMachineStory } from "./stories/machine-story.ts";
