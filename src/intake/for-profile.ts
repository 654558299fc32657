import type { Intake } from './intake.ts'

/**
 * The intake as one of several profiles uses it: what it says is said with its label, and a length stands for its own
 * pictures alone. Ids are the same for all.
 */
export function intakeFor(profile: string | null, intake: Intake): Intake {
  if (profile === null) return intake
  return {
    ...intake,
    learn: (facts) => intake.learn({ ...facts, profiles: [profile] }),
    fileOfLength: (lengthBytes) => intake.fileOfLength(lengthBytes, profile),
  }
}
