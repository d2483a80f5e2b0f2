/** The strategies by name. */
import type { StrategyName } from "../faults.ts";
import type { Strategy } from "./strategy.ts";

export const strategies: Readonly<Partial<Record<StrategyName, Strategy>>> = {};
