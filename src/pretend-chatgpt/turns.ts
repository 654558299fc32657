import { playAsyncArray, playAsyncMessages, playAsyncObject, playAsyncRefetch } from './turns/async.ts'
import { playHandoffResume, playHandoffSocket } from './turns/handoff.ts'
import { playInline, playQuota, playRefusal, playTwoInOne, playTwoMessages } from './turns/inline.ts'
import { playPreview, playPubSub, playWholeMessages } from './turns/older.ts'
import { openScene, type Scene, type TurnInput } from './turns/scene.ts'
import type { Era } from './world.ts'

interface Delivery {
  /** The era whose addresses and ids it uses. */
  readonly era: Era
  readonly play: (scene: Scene) => Promise<void>
}

/** How a turn reaches the page; each form is one that was seen on the real site (docs/wire/). */
const deliveries = {
  'dalle-2023': { era: 'A', play: playWholeMessages },
  'pubsub-2024': { era: 'B', play: playPubSub },
  'preview-2025': { era: 'C', play: playPreview },
  'inline-2026': { era: 'D', play: playInline },
  'async-object': { era: 'D', play: playAsyncObject },
  'async-array': { era: 'D', play: playAsyncArray },
  'async-messages': { era: 'D', play: playAsyncMessages },
  'async-refetch': { era: 'D', play: playAsyncRefetch },
  'handoff-socket': { era: 'D', play: playHandoffSocket },
  'handoff-resume': { era: 'D', play: playHandoffResume },
  'two-in-one': { era: 'D', play: playTwoInOne },
  'two-messages': { era: 'D', play: playTwoMessages },
  'upload-edit': { era: 'D', play: playInline },
  refusal: { era: 'D', play: playRefusal },
  quota: { era: 'D', play: playQuota },
} as const satisfies Record<string, Delivery>

/** A form of delivery. */
export type Form = keyof typeof deliveries

/** All forms, in the order a tour shows them. */
export const forms = Object.keys(deliveries) as readonly Form[]

/** The era whose addresses and ids a form uses. */
export const eraOf = (form: Form): Era => deliveries[form].era

/** A turn, and how it shall reach the page. */
export interface PretendTurn extends TurnInput {
  readonly form: Form
}

/** Plays one turn; resolves when all of it has been sent. */
export async function playTurn({ form, ...input }: PretendTurn): Promise<void> {
  const { era, play } = deliveries[form]
  await play(openScene(input, era))
}
