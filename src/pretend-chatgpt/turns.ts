import type { Form } from './forms.ts'
import { playHandoffResume, playHandoffSocket } from './players/handoff.ts'
import { playInline, playTwoMessages } from './players/inline.ts'
import { asArray, asMessages, asObject, playAsync, playRefetch } from './players/late.ts'
import { playPreview, playPubSub, playV0 } from './players/older.ts'
import { playQuota, playWords } from './players/words.ts'
import { beginScene, type PretendTurn, type Scene } from './scene.ts'
import type { Message } from './world.ts'

export { eraOf, type Form, forms } from './forms.ts'

/** Plays one turn; resolves when all of it has been sent. */
export async function playTurn(turn: PretendTurn): Promise<void> {
  const { scene, user } = beginScene(turn)
  await players[turn.form](scene, user)
}

/** Who plays which form, given what the person wrote. */
const players: Readonly<Record<Form, (scene: Scene, user: Message) => Promise<void>>> = {
  'dalle-2023': playV0,
  'pubsub-2024': playPubSub,
  'preview-2025': playPreview,
  'inline-2026': (scene) => playInline(scene, 1),
  'async-object': (scene) => playAsync(scene, asObject),
  'async-array': (scene) => playAsync(scene, asArray),
  'async-messages': (scene) => playAsync(scene, asMessages),
  'async-refetch': playRefetch,
  'handoff-socket': playHandoffSocket,
  'handoff-resume': playHandoffResume,
  'two-in-one': (scene) => playInline(scene, 2),
  'two-messages': playTwoMessages,
  'upload-edit': (scene) => playInline(scene, 1),
  refusal: (scene) => playWords(scene, `I cannot draw that one: ${scene.prompt}`),
  quota: playQuota,
}
