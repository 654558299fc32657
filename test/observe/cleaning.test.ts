import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanJson, cleanText, cleanUrl, createStreamCleaner } from '../../src/observe/cleaning.ts'

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ'
const fernet = `gAAAAABo${'x7K_q-9Z'.repeat(12)}`

/** Secrets as they stand in text, and the part that must be gone. */
const secrets: [string, string, string][] = [
  ['a JWT', `token is ${jwt}, keep it`, jwt.slice(0, 30)],
  ['a JWT without its end', 'eyJhbGciOiJIUzI1NiJ9', 'eyJhbGciOiJIUzI1NiJ9'],
  ['a bearer', 'authorization: Bearer sess_AbCdEfGhIjKlMnOpQrSt', 'sess_AbCdEfGhIjKlMnOpQrSt'],
  ['an API key', 'sk-proj-AbCdEfGhIjKlMnOpQrStUvWx', 'AbCdEfGhIjKlMnOpQrStUvWx'],
  ['a sentinel token', `proof ${fernet} end`, fernet.slice(0, 40)],
  ['a signature', 'https://x.example/file?id=1&sig=a1b2c3d4e5f6&x=1', 'a1b2c3d4e5f6'],
  ['a verification', 'wss://ws.chatgpt.com/ws?verify=1770000000-a1b2c3d4', '1770000000-a1b2c3d4'],
  ['an access token', 'wss://x.example/?access_token=a1b2c3d4e5f6', 'a1b2c3d4e5f6'],
  ['a session cookie', '__Secure-next-auth.session-token=a1b2c3d4e5f6; Path=/', 'a1b2c3d4e5f6'],
  ['the id of a person', 'chatimagegen-a:user-PretendPerson01-1:US', 'user-PretendPerson01'],
  ['the id of an organisation', 'chatimagegen of org-PretendOrg0123456 here', 'org-PretendOrg0123456'],
  ['a mail address', 'write to Alice.Person+x@mail.example.com now', 'Alice.Person'],
]

describe('text', () => {
  it.each(secrets)('has no %s afterwards', (_, text, secret) => {
    expect(text).toContain(secret)
    expect(cleanText(text)).not.toContain(secret)
  })

  it('without secrets is left as it is', () => {
    for (const text of [
      'A user – draws 10 cats…',
      'Кошка на луне',
      'asked for a signature dish',
      'file_00000000a1b2c3d4e5f60718293a4b5c',
    ]) {
      expect(cleanText(text)).toBe(text)
    }
  })
})

describe('an address', () => {
  it('keeps what names the file or conversation, and drops the rest', () => {
    const url = `https://user:pass@chatgpt.com/backend-api/estuary/content?id=file_0a&ts=1&p=fs&cid=1&sig=${jwt}&v=0#${jwt}`
    const cleaned = new URL(cleanUrl(url))
    expect(cleaned.origin + cleaned.pathname).toBe('https://chatgpt.com/backend-api/estuary/content')
    expect([...cleaned.searchParams.keys()]).toEqual(['id', 'p', 'cid', 'v'])
    expect(cleaned.searchParams.get('id')).toBe('file_0a')
    expect(cleaned.href).not.toMatch(/eyJ|pass|sig|#/)
  })

  it('of a socket names neither person nor token', () => {
    const cleaned = cleanUrl(`wss://ws.chatgpt.com/p07/ws/user/user-PretendPerson01?verify=${jwt}`)
    expect(cleaned).toMatch(/^wss:\/\/ws\.chatgpt\.com\/p07\/ws\/user\/[^?]+$/)
    expect(cleaned).not.toContain('PretendPerson')
  })

  it.each([
    ['in the path', `https://chatgpt.com/x/${jwt}/y`],
    ['in a parameter that stays', `https://chatgpt.com/x?id=${jwt}`],
    ['as a mail address', 'https://chatgpt.com/people/alice@example.com?id=alice@example.com'],
  ])('holds no secret %s', (_, url) => {
    expect(cleanUrl(url)).not.toMatch(/eyJ|alice/)
  })

  it('without what signs the picture of a shared post', () => {
    const encoded = Buffer.from(JSON.stringify({ id: 'm_1:file_1', sig: 'f'.repeat(64) })).toString('base64url')
    expect(cleanUrl(`https://chatgpt.com/backend-api/estuary/public_content/enc/${encoded}`)).toMatch(
      /enc\/\[removed\]$/,
    )
  })

  it('that is not valid is left out', () => {
    expect(cleanUrl('no address')).toBe('')
  })
})

/** Types and places of a value, without the values. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

describe('JSON', () => {
  it('keeps what identifies an image', () => {
    const message = {
      id: 'm-1',
      author: { role: 'tool', name: 'dalle.text2im', metadata: {} },
      create_time: 1_698_615_680.5,
      status: 'finished_successfully',
      content: {
        content_type: 'multimodal_text',
        parts: [
          {
            content_type: 'image_asset_pointer',
            asset_pointer: 'file-service://file-abc',
            size_bytes: 7,
            width: 1,
            height: 2,
            metadata: { dalle: { gen_id: 'g', prompt: 'A cat', seed: 5 } },
          },
        ],
      },
    }
    expect(cleanJson({ message, conversation_id: 'c-1' })).toEqual({ message, conversation_id: 'c-1' })
  })

  it('empties what it does not know, and keeps its place and type', () => {
    const value = {
      conduit_token: jwt,
      account: { phone: '+1 555', age: 41, isPaying: true, plan: null },
      list: ['a', 3],
    }
    expect(cleanJson(value)).toEqual({
      conduit_token: '[hidden]',
      account: { phone: '[hidden]', age: 0, isPaying: true, plan: null },
      list: ['[hidden]', 0],
    })
  })

  it('has the same shape afterwards, whatever it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // A key that looks like a secret is cleaned too; then its name differs, on purpose.
        fc.pre(cleanText(JSON.stringify(value)) === JSON.stringify(value))
        const plain = JSON.parse(JSON.stringify(value)) as unknown
        expect(shapeOf(cleanJson(plain))).toEqual(shapeOf(plain))
      }),
    )
  })

  it('shows no text and no number under a key it does not know', () => {
    const key = fc.stringMatching(/^zz[a-z_]{0,8}$/)
    const leaf = fc.oneof(
      fc.string({ minLength: 3 }).map((text) => `leak${text}`),
      fc.integer({ min: 1_000 }),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, leaf, tie('tree'), fc.array(leaf)), {
        minKeys: 1,
        maxKeys: 4,
      }),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        expect(JSON.stringify(cleanJson(value))).not.toMatch(/leak|\d{4}/)
      }),
    )
  })

  it.each(secrets)('has no %s afterwards, even under keys it knows', (_, text, secret) => {
    for (const value of [
      { text },
      { parts: [text] },
      { title: text },
      { prompt: text },
      { mapping: { [text]: { id: text } } },
    ]) {
      expect(JSON.stringify(cleanJson(value))).not.toContain(secret)
    }
  })

  it('does not say what a person called a file they uploaded, but which tool spoke', () => {
    const message = {
      author: { role: 'tool', name: 'dalle.text2im' },
      attachments: [{ id: 'file-x', name: 'Tax 2025.pdf' }],
    }
    expect(cleanJson(message)).toEqual({
      author: { role: 'tool', name: 'dalle.text2im' },
      attachments: [{ id: 'file-x', name: '[hidden]' }],
    })
  })

  it('cleans addresses wherever they are', () => {
    const value = {
      download_url: `https://files.oaiusercontent.com/file-abc?sig=${jwt}`,
      websocket_url: `wss://ws.chatgpt.com/?verify=${jwt}`,
    }
    expect(cleanJson(value)).toEqual({
      download_url: 'https://files.oaiusercontent.com/file-abc',
      websocket_url: 'wss://ws.chatgpt.com/',
    })
  })

  it('cleans JSON inside text, and keeps the prompt of a tool call', () => {
    const text = JSON.stringify({ prompt: 'A cat', size: '1024x1024', secret: 'leak' })
    const cleaned = JSON.stringify(cleanJson({ content: { content_type: 'code', text } }))
    expect(cleaned).toContain('A cat')
    expect(cleaned).not.toContain('leak')
  })

  it('shows the value of a delta only as far as the field that its path names allows', () => {
    const delta = (p: string) => cleanJson({ p, o: 'replace', v: 'words' })
    expect(delta('/message/content/parts/0')).toMatchObject({ v: 'words' })
    expect(delta('/message/status')).toMatchObject({ v: 'words' })
    expect(delta('/message/metadata/conduit_token')).toMatchObject({ v: '[hidden]' })
    expect(
      cleanJson({ p: '', o: 'patch', v: [{ p: '/message/metadata/secret', o: 'add', v: 'words' }] }),
    ).toMatchObject({
      v: [{ v: '[hidden]' }],
    })
  })
})

describe('a stream', () => {
  const event = (value: unknown, name = '') => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(value)}\n\n`
  const whole = [
    'event: delta_encoding\ndata: "v1"\n\n',
    event({ type: 'resume_conversation_token', token: jwt, conversation_id: 'c-1' }),
    event({ p: '', o: 'add', v: { message: { id: 'm-1', content: { parts: ['Кошка'] } } } }, 'delta'),
    event({ p: '/message/content/parts/0', o: 'append', v: ' на луне' }, 'delta'),
    'data: [DONE]\n\n',
  ].join('')

  it('keeps its events and loses its secrets', () => {
    const cleaner = createStreamCleaner()
    const cleaned = cleaner.feed(whole) + cleaner.flush()
    expect(cleaned).toContain('event: delta_encoding\ndata: "v1"\n\n')
    for (const words of ['Кошка', ' на луне', 'event: delta\n', 'data: [DONE]\n\n', 'c-1'])
      expect(cleaned).toContain(words)
    expect(cleaned).not.toContain('eyJ')
  })

  it('is cleaned in the same way wherever it is cut', () => {
    const inOne = createStreamCleaner().feed(whole)
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 20 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length]
        const cleaner = createStreamCleaner()
        const pieces = places.slice(1).map((end, at) => cleaner.feed(whole.slice(places[at], end)))
        expect(pieces.join('') + cleaner.flush()).toBe(inOne)
      }),
    )
  })

  it('includes a last event that had no blank line after it', () => {
    const cleaner = createStreamCleaner()
    expect(cleaner.feed('data: {"message":{"id":"m-1"}}')).toBe('')
    expect(cleaner.flush()).toContain('m-1')
  })

  it('is not slower for long words and deep nesting', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const cleaner = createStreamCleaner()
    expect(cleaner.feed(`data: {"text":"${'a'.repeat(1_000_000)}","parts":${deep}}\n\n`)).toContain('aaa')
  })

  it('shows nothing of an event that is cut short', () => {
    const cleaner = createStreamCleaner()
    expect(cleaner.feed('data: {"text":"leak') + cleaner.flush()).not.toContain('leak')
  })

  it('hides what follows a hidden path, since a delta without a path continues at the last one', () => {
    const cleaner = createStreamCleaner()
    const cleaned = cleaner.feed(
      event({ p: '/message/metadata/conduit_token', o: 'append', v: 'leak-one' }, 'delta') +
        event({ v: 'leak-two' }, 'delta') +
        event({ p: '/message/content/parts/0', o: 'append', v: 'open-one' }, 'delta') +
        event({ v: 'open-two' }, 'delta'),
    )
    expect(cleaned).not.toContain('leak-one')
    expect(cleaned).not.toContain('leak-two')
    expect(cleaned).toContain('open-one')
    expect(cleaned).toContain('open-two')
  })
})
