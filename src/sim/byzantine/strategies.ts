/** The strategies by name. */
import type { StrategyName } from "../faults.ts";
import { breakRules } from "./break-rules.ts";
import { censor } from "./censor.ts";
import { delay } from "./delay.ts";
import { equivocate } from "./equivocate.ts";
import { ignoreLockout } from "./ignore-lockout.ts";
import { spam } from "./spam.ts";
import type { Strategy } from "./strategy.ts";
import { voteBothForks } from "./vote-both-forks.ts";
import { withhold } from "./withhold.ts";

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  equivocate,
  withhold,
  censor,
  delay,
  "vote-both-forks": voteBothForks,
  "ignore-lockout": ignoreLockout,
  spam,
  "break-rules": breakRules,
};
