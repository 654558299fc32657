import { joins } from './joins.ts'
import { kinds } from './kinds.ts'
import { layouts } from './layouts.ts'
import { places } from './places.ts'
import { sidecars } from './sidecars.ts'
import { sizes } from './sizes.ts'
import type { CaseMaker } from './story.ts'
import { trouble } from './trouble.ts'

/** Every case, in the order of the export's way: layout, place, sidecar, size, kind, trouble, other springs. */
export const allCases: readonly CaseMaker[] = [
  ...layouts,
  ...places,
  ...sidecars,
  ...sizes,
  ...kinds,
  ...trouble,
  ...joins,
]
