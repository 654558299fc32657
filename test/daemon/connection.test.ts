import path from 'node:path'
import { expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { readOpenTurns } from '../../src/archive/open-turns.ts'
import { type ConnectionParts, watchConnection } from '../../src/daemon/connection.ts'
import { createSiteMemory } from '../../src/daemon/site-memory.ts'
import type { ImageFacts } from '../../src/sites/facts.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { callOf, fileNo, imageNo, imagesOf, type Loose, payloadEvent, updateOf } from '../fakes/messages.ts'
import { createFakeWire } from '../fakes/wire.ts'

const socket = { requestId: 'ws', url: 'wss://ws.chatgpt.com/p07/ws/user/x' }
const announced = imagesOf('m-img', 'm-call', [], { image_gen_task_id: 'chatimagegen-x' })
const call = callOf('m-call', null, { prompt: 'A boat', n: 1 })
const picture = imageNo(1, { parentId: null })

/** A connection to a tab with an open socket; what it says is heard at once. */
async function connected(root: string, parts: Partial<ConnectionParts>) {
  const archive = await openArchive(root)
  const intake = quietIntake(archive)
  const wire = createFakeWire()
  await watchConnection({ wire, intake, now: () => new Date(), onEvent() {}, ...parts })
  const targetInfo = { targetId: 'T', type: 'page', url: 'https://chatgpt.com/' }
  wire.emit('Target.attachedToTarget', { sessionId: 'S', waitingForDebugger: true, targetInfo })
  wire.emit('Network.webSocketCreated', socket, 'S')
  const say = (frame: unknown) => {
    const response = { opcode: 1, payloadData: JSON.stringify(frame) }
    wire.emit('Network.webSocketFrameReceived', { requestId: 'ws', response }, 'S')
  }
  return {
    turn: (...messages: Loose[]) =>
      messages.forEach((message, at) => {
        const item = { turn_id: 't', encoded_item: payloadEvent(message), stream_item_id: `i${at}` }
        say({ type: 'conversation-turn-stream', payload: { type: 'stream-item', ...item } })
      }),
    late: (message: Loose) => say(updateOf({ message }, null)),
    async facts(): Promise<ImageFacts | undefined> {
      await intake.drained()
      return archive.pending.facts(fileNo(1) as ImageFacts['fileId'])
    },
  }
}

it('joins a picture with a prompt that came over an earlier connection', async () => {
  const [root, memory] = [temporaryFolder(), createSiteMemory()]
  ;(await connected(root, { memory })).turn(call, announced)
  const again = await connected(root, { memory })
  again.late(picture)
  expect(await again.facts()).toMatchObject({ prompt: 'A boat', promptSource: 'tool-call' })
})

it('joins a picture with a prompt that came before a restart, and then forgets the turn', async () => {
  const root = temporaryFolder()
  const file = path.join(root, 'pending', 'turns.ndjson')
  const open = () => readOpenTurns(file)
  const before = await connected(root, {})
  expect(await before.facts()).toBeUndefined()
  const openTurns = await open()
  ;(await connected(root, { openTurns })).turn(call, announced)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const kept = await open()
  expect(kept.all()).toHaveLength(1)
  const again = await connected(root, { openTurns: kept, memory: createSiteMemory(kept.all()) })
  again.late(picture)
  expect(await again.facts()).toMatchObject({ prompt: 'A boat' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(filesBelow(path.join(root, 'pending')).filter((name) => name.includes('turns'))).toEqual([])
})

it('negative control: a connection that remembers nothing does not have the prompt', async () => {
  const root = temporaryFolder()
  ;(await connected(root, {})).turn(call, announced)
  const again = await connected(root, {})
  again.late(picture)
  expect(await again.facts()).toMatchObject({ prompt: null })
})
