import type { Choosing } from './use-choosing.ts'

/** What was done last, or went wrong, at the foot of the page for a moment. */
export function Said({ choosing }: { choosing: Choosing | null }) {
  return (
    <p class="said" role="status" data-on={Boolean(choosing?.said)}>
      {choosing?.said}
    </p>
  )
}
