import type { Era } from './world.ts'

/** How a turn reaches the page; each is one that was seen on the real site (docs/wire/). */
export const forms = [
  'dalle-2023',
  'pubsub-2024',
  'preview-2025',
  'inline-2026',
  'async-object',
  'async-array',
  'async-messages',
  'async-refetch',
  'handoff-socket',
  'handoff-resume',
  'two-in-one',
  'two-messages',
  'upload-edit',
  'refusal',
  'quota',
] as const

/** One of these ways. */
export type Form = (typeof forms)[number]

/** The era whose addresses and ids a form uses. */
export function eraOf(form: Form): Era {
  if (form === 'dalle-2023') return 'A'
  if (form === 'pubsub-2024') return 'B'
  return form === 'preview-2025' ? 'C' : 'D'
}
