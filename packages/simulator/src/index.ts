export { type Platform, QUIET, type Scenario } from "./scenario.ts";
export { type SimulationReport, simulate } from "./simulate.ts";
