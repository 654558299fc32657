import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import type { Wire } from '../../src/browser/wire.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import type { WatchEvent } from '../../src/daemon/events.ts'
import { createIntake } from '../../src/intake/intake.ts'
import { playback } from '../../src/observe/playback.ts'
import { recordTo } from '../../src/observe/recording.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { type Form, forms } from '../../src/pretend-chatgpt/turns.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { drawn, planted, type VisitOptions, visit } from '../fakes/visit.ts'
import { createFakeWire, type FakeWire, soon } from '../fakes/wire.ts'

/** A watcher over any wire, into an archive of its own. */
async function watcher(wire: Wire) {
  const root = temporaryFolder()
  const archive = await openArchive(root)
  const events: WatchEvent[] = []
  const onEvent = (event: WatchEvent) => void events.push(event)
  const now = () => new Date()
  const intake = createIntake({
    archive,
    now,
    maxWaitDays: 1_000,
    onStored: (record) => onEvent({ kind: 'kept', record }),
    onOddity: (oddity) => onEvent({ kind: 'oddity', oddity }),
  })
  const { observer } = await watchConnection({ wire, intake, onEvent, now })
  return {
    root,
    observer,
    oddities: () => events.flatMap((event) => (event.kind === 'oddity' ? [event.oddity.kind] : [])),
    async finish() {
      await observer.drain()
      await intake.close()
    },
  }
}

/** What an archive holds: each record but for the times of writing, and the image's bytes. */
function held(root: string) {
  return filesBelow(path.join(root, 'database')).map((file) => {
    const record = JSON.parse(readFileSync(path.join(root, 'database', file), 'utf8')) as PictureRecord
    const { archivedAt: _, updatedAt: __, ...rest } = record
    return { file, ...rest, image: [record.image, readFileSync(path.join(root, record.image)).toString('base64')] }
  })
}

/** Watches live while it is recorded. */
async function live(act: (wire: FakeWire) => Promise<unknown>) {
  const file = path.join(temporaryFolder(), 'session.ndjson')
  const recorder = recordTo(file, chatgpt)
  const wire = createFakeWire()
  const spoken: unknown[] = []
  wire.onEvent((event) => void spoken.push(event))
  const watching = await watcher(recorder.tap(wire))
  await act(wire)
  await watching.finish()
  await recorder.close()
  return { ...watching, file, recording: readFileSync(file, 'utf8'), spoken: JSON.stringify(spoken) }
}

async function played(recording: string) {
  const tape = playback(recording)
  const watching = await watcher(tape)
  await tape.play(() => watching.observer.waiting === 0)
  await watching.finish()
  return watching
}

const visiting = (options: VisitOptions) => live((wire) => visit(wire, options))

describe('a recording played back gives the same pictures as live capture', () => {
  it.each(forms.filter(drawn))('%s', async (form: Form) => {
    const one = await visiting({ form })
    expect(held(one.root).length).toBeGreaterThan(0)
    const again = await played(one.recording)
    expect(held(again.root)).toEqual(held(one.root))
    expect(again.oddities()).toEqual(one.oddities())
  })

  it('although its stream was cut inside letters', async () => {
    const one = await visiting({ form: 'preview-2025', prompt: 'Бумажный кораблик 🚢 в канале', pieceBytes: 29 })
    expect(held(one.root)).toMatchObject([{ prompt: 'Бумажный кораблик 🚢 в канале' }])
    expect(held((await played(one.recording)).root)).toEqual(held(one.root))
  })

  it('although its socket’s messages were cut inside letters', async () => {
    // Where a message is cut depends on its length, so several lengths are tried.
    for (const length of [300, 301, 302, 303, 304]) {
      const one = await visiting({ form: 'pubsub-2024', prompt: 'Ж'.repeat(length) })
      expect(held(one.root)).toMatchObject([{ prompt: 'Ж'.repeat(length) }])
      expect(held((await played(one.recording)).root)).toEqual(held(one.root))
    }
  })

  it.each([90, 250, 600])('although pieces of %i bytes of its stream arrived before the start', async (pieceBytes) => {
    const one = await visiting({ form: 'preview-2025', pieceBytes, isOvertaking: true })
    expect(held(one.root)).toMatchObject([{ prompt: 'A paper boat', promptSource: 'tool-call' }])
    expect(held((await played(one.recording)).root)).toEqual(held(one.root))
  })

  it('but not those of another recording', async () => {
    const [one, other] = [await visiting({ form: 'dalle-2023' }), await visiting({ form: 'dalle-2023' })]
    expect(held((await played(other.recording)).root)).not.toEqual(held(one.root))
  })

  it('twice into one archive gives them once', async () => {
    const one = await visiting({ form: 'inline-2026' })
    const again = await played(one.recording + one.recording)
    expect(held(again.root).map((record) => record.fileId)).toEqual(held(one.root).map((record) => record.fileId))
  })
})

describe('no secret is written down', () => {
  it.each(forms.filter(drawn))('of a visit with %s', async (form: Form) => {
    const { recording, spoken } = await visiting({ form, prompt: `A letter to ${planted.mail}` })
    for (const [name, secret] of Object.entries(planted)) {
      // Negative control: it did come over the wire.
      expect(spoken.includes(secret), `${name} was planted`).toBe(true)
      expect(recording.includes(secret), `${name} was written down`).toBe(false)
    }
    const inside = [...recording.matchAll(/"(?:data|bufferedData|body)\\*":\\*"([A-Za-z0-9+/=]+)\\*"/g)].map((match) =>
      Buffer.from(match[1] ?? '', 'base64').toString(),
    )
    for (const text of [recording, ...inside]) {
      expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{8,}\./)
      expect(text).not.toMatch(/user-Pretend|cookie|authorization|[?&](sig|verify|access_token)=/i)
      for (const secret of Object.values(planted)) expect(text).not.toContain(secret)
    }
  })

  it.skipIf(process.platform === 'win32')('and the file is readable by its owner only', async () => {
    const { file } = await visiting({ form: 'refusal' })
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  it('a picture too large for a report is recorded by length and hash', async () => {
    const bytes = makePng({ widthPx: 64, heightPx: 64 }, 300_000)
    const { recording } = await live(async (wire) => {
      wire.answer('Network.getResponseBody', { body: bytes.toString('base64'), base64Encoded: true })
      wire.emit('Target.attachedToTarget', {
        sessionId: 'S',
        targetInfo: { targetId: 'T', type: 'page', url: 'https://chatgpt.com/' },
      })
      const url = 'https://files.oaiusercontent.com/file-abc'
      wire.emit(
        'Network.requestWillBeSent',
        { requestId: '1', documentURL: 'https://chatgpt.com/', request: { url, method: 'GET' } },
        'S',
      )
      wire.emit(
        'Network.responseReceived',
        { requestId: '1', response: { url, status: 200, mimeType: 'image/png' } },
        'S',
      )
      wire.emit('Network.loadingFinished', { requestId: '1' }, 'S')
      await soon(100)
    })
    expect(recording).toContain('"bytes":300000')
    expect(recording).toMatch(/"sha256":"[0-9a-f]{64}"/)
    expect(recording.length).toBeLessThan(10_000)
  })
})

describe('what is not ChatGPT’s is not written down', () => {
  const attach = (wire: FakeWire, url: string) =>
    wire.emit('Target.attachedToTarget', {
      sessionId: 'X',
      targetInfo: { targetId: 'X', type: 'page', url, title: 'PRIVATE title' },
    })

  it.each([
    'https://bank.example/PRIVATE?account=1',
    'file:///home/PRIVATE/letter.html',
    'data:text/html,PRIVATE',
    'chrome-extension://abcdef/PRIVATE.html',
    'view-source:https://bank.example/PRIVATE',
    'blob:https://bank.example/PRIVATE',
  ])('the address of a tab at %s', async (url) => {
    const { recording } = await live(async (wire) => {
      attach(wire, 'about:blank')
      wire.emit('Target.targetInfoChanged', {
        targetInfo: { targetId: 'X', type: 'page', url, title: 'PRIVATE title' },
      })
      attach(wire, url)
    })
    expect(recording).not.toBe('')
    expect(recording).not.toContain('PRIVATE')
  })

  it('the requests of other sites', async () => {
    const { recording } = await live(async (wire) => {
      attach(wire, 'about:blank')
      const request = { url: 'https://bank.example/PRIVATE', method: 'POST', postData: '{"messages":["PRIVATE"]}' }
      wire.emit(
        'Network.requestWillBeSent',
        { requestId: '1', documentURL: 'https://bank.example/PRIVATE', request },
        'X',
      )
      wire.emit(
        'Network.responseReceived',
        { requestId: '1', response: { url: request.url, status: 200, mimeType: 'application/json' } },
        'X',
      )
      wire.emit(
        'Network.dataReceived',
        { requestId: '1', dataLength: 7, data: Buffer.from('PRIVATE').toString('base64') },
        'X',
      )
    })
    expect(recording).not.toMatch(/PRIVATE|UFJJVkFURQ/)
  })

  it('which page of another site asked for something of ChatGPT', async () => {
    const { recording } = await live(async (wire) => {
      const request = { url: 'https://chatgpt.com/backend-api/me', method: 'GET' }
      wire.emit(
        'Network.requestWillBeSent',
        { requestId: '1', documentURL: 'https://bank.example/PRIVATE', request },
        'X',
      )
    })
    expect(recording).not.toContain('PRIVATE')
  })

  it('the messages of other sites’ sockets', async () => {
    const { recording } = await live(async (wire) => {
      attach(wire, 'about:blank')
      wire.emit('Network.webSocketCreated', { requestId: '1', url: 'wss://chat.example/PRIVATE' }, 'X')
      wire.emit(
        'Network.webSocketFrameReceived',
        { requestId: '1', response: { opcode: 1, payloadData: '{"text":"PRIVATE"}' } },
        'X',
      )
      wire.emit('Network.webSocketClosed', { requestId: '1' }, 'X')
    })
    expect(recording).not.toContain('PRIVATE')
  })
})

describe('playing back', () => {
  it('fails a read that was not recorded, like a browser that has nothing', async () => {
    const tape = playback('')
    await expect(tape.send('Network.getResponseBody', { requestId: '1' }, 'S')).rejects.toThrow('not in the recording')
    await expect(tape.send('Network.enable', {}, 'S')).resolves.toEqual({})
    await tape.play()
    await tape.close()
    await tape.closed
  })

  it('ignores lines that are cut or are not part of a recording', async () => {
    const { root, recording } = await visiting({ form: 'dalle-2023' })
    const again = await played(`no JSON\n[]\n\n${recording}{"event":{"method":"Netw`)
    expect(held(again.root)).toEqual(held(root))
  })
})
