import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bareIdInRecordName,
  folderFor,
  imageNameFor,
  maxNameBytes,
  type Nameable,
  recordNameFor,
} from '../../src/archive/names.ts'
import { parseFileId } from '../../src/sites/chatgpt/ids.ts'
import { bareId, parseGenerationId } from '../../src/sites/ids.ts'
import { fileId, genId } from '../fakes/facts.ts'

const at = new Date(1_698_615_680_123)
const picture = (prompt: string | null, more: Partial<Nameable> = {}): Nameable => ({
  fileId: fileId('file-mTlImgNhbMGexJI3DFLJXJlh'),
  genId: genId('M5QoHjYO7Qe9pl1Z'),
  prompt,
  createdAt: at,
  ...more,
})
const head = '1698615680-M5QoHjYO7Qe9pl1Z'
const nameOf = (prompt: string | null) => imageNameFor(picture(prompt), 'webp')
const bytesIn = (text: string) => Buffer.byteLength(text)
const graphemesOf = (text: string) =>
  [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map((one) => one.segment)

describe('the image’s name', () => {
  it('is time, gen_id and the beginning of the prompt', () => {
    expect(nameOf('Photo of a man')).toBe(`${head}-Photo-of-a-man.webp`)
  })

  it('has the extension of the bytes’ type', () => {
    expect(imageNameFor(picture('A cat'), 'png')).toBe(`${head}-A-cat.png`)
  })

  it('is complete without a prompt, or with a prompt that has no usable character', () => {
    expect(nameOf(null)).toBe(`${head}.webp`)
    expect(nameOf('')).toBe(`${head}.webp`)
    expect(nameOf('… ?! 🐈 …')).toBe(`${head}.webp`)
  })

  it('says "unknown" if there is no gen_id', () => {
    expect(imageNameFor(picture('A cat', { genId: null }), 'png')).toBe('1698615680-unknown-A-cat.png')
  })

  it('puts a suffix before the extension', () => {
    expect(imageNameFor(picture('A cat'), 'png', '-mTlImg')).toBe(`${head}-A-cat-mTlImg.png`)
  })

  it.each([
    ['Russian', 'Кошка на луне', 'Кошка-на-луне'],
    ['Chinese', '月亮上的猫，水彩', '月亮上的猫-水彩'],
    ['Japanese', '月の上の猫。', '月の上の猫'],
    ['Korean', '달 위의 고양이', '달-위의-고양이'],
    ['Arabic with vowel marks', 'قِطَّة على القمر', 'قِطَّة-على-القمر'],
    ['Hindi with marks', 'नमस्ते, चाँद पर बिल्ली', 'नमस्ते-चाँद-पर-बिल्ली'],
    ['Thai with marks', 'แมวบนดวงจันทร์', 'แมวบนดวงจันทร์'],
    ['Hebrew', 'חתול על הירח', 'חתול-על-הירח'],
    ['letters outside the basic plane', '𠮷野家 𝒞𝒶𝓉', '𠮷野家-𝒞𝒶𝓉'],
    ['digits of other scripts', '٤ قطط, ४ बिल्लियाँ', '٤-قطط-४-बिल्लियाँ'],
  ])('keeps letters, marks and digits: %s', (_, prompt, words) => {
    expect(nameOf(prompt)).toBe(`${head}-${words}.webp`)
  })

  it('spells letters with marks in one way, however they came', () => {
    expect(nameOf('Ame\u0301lie')).toBe(nameOf('Amélie'))
    expect(nameOf('Ame\u0301lie')).toBe(`${head}-Amélie.webp`)
  })

  it.each([
    ['a plain one', '🐈 a cat 🌙 at night 🌌', 'a-cat-at-night'],
    ['a family of four', 'family 👨‍👩‍👧‍👦 portrait', 'family-portrait'],
    ['a skin tone', 'thumb 👍🏽 up', 'thumb-up'],
    ['a flag', 'flag 🇫🇷 waving', 'flag-waving'],
    ['one with a variation selector, which shows nothing', 'I ❤️ cats', 'I-cats'],
    ['one with a variation selector in front', '☀️ rising', 'rising'],
  ])('turns an emoji into a dash: %s', (_, prompt, words) => {
    expect(nameOf(prompt)).toBe(`${head}-${words}.webp`)
  })

  it.each([
    ['a way up and out', '../../../etc/passwd', 'etc-passwd'],
    ['a way out on Windows', '..\\..\\C:\\Windows\\System32', 'C-Windows-System32'],
    ['NUL', 'a\0b', 'a-b'],
    ['line ends', 'a\r\nb\nc', 'a-b-c'],
    ['marks of direction', 'a\u202egnp.exe\u200f b\u2066', 'a-gnp-exe-b'],
    ['what Windows forbids', 'a<b>c:d"e/f\\g|h?i*j', 'a-b-c-d-e-f-g-h-i-j'],
    ['a shell’s own characters', '$(rm -rf ~) `id` && ;', 'rm-rf-id'],
    ['terminal commands', '\x1b[31mred\x9b0m', '31mred-0m'],
    ['trailing dots and spaces', 'the end. . .   ', 'the-end'],
    ['lone surrogates', 'a\ud83db\udc00c', 'a-b-c'],
    ['a byte order mark and zero-width space', '\ufeffa\u200bb', 'a-b'],
  ])('contains nothing harmful: %s', (_, prompt, words) => {
    expect(nameOf(prompt)).toBe(`${head}-${words}.webp`)
  })

  it.each(['CON', 'nul', 'COM1', 'LPT9.txt', 'aux.', 'PRN '])('is never a name that Windows reserves: %s', (prompt) => {
    expect(nameOf(prompt)).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
  })

  it('cuts a long prompt to 200 bytes and shows this by …', () => {
    const name = nameOf('word '.repeat(100))
    expect(bytesIn(name)).toBeLessThanOrEqual(200)
    expect(bytesIn(name)).toBeGreaterThan(190)
    expect(name).toMatch(/^1698615680-M5QoHjYO7Qe9pl1Z-word-word.*[^-]…\.webp$/)
  })

  it('shows no … if all of it fits, and is cut if it is one byte too long', () => {
    const room = maxNameBytes - bytesIn(`${head}-.webp`)
    expect(nameOf('a'.repeat(room))).toBe(`${head}-${'a'.repeat(room)}.webp`)
    expect(nameOf('a'.repeat(room + 1))).toBe(`${head}-${'a'.repeat(room - 3)}….webp`)
  })

  it.each([
    ['Devanagari', 'क्षि'],
    ['letters with stacked marks', 'Z͑ͫ̓ͪ̂'],
    ['outside the basic plane', '𠮷'],
    ['Hangul from its parts', '\u1112\u1161\u11ab'],
  ])('cuts between graphemes: %s', (_, grapheme) => {
    for (let shift = 0; shift < 12; shift++) {
      const prompt = ('x'.repeat(shift) + grapheme.repeat(100)).normalize('NFC')
      const kept = nameOf(prompt).slice(head.length + 1, -'….webp'.length)
      expect(graphemesOf(prompt).slice(0, graphemesOf(kept).length).join('')).toBe(kept)
    }
  })

  it('may be made of a prompt of a megabyte', () => {
    const name = nameOf(`Cat ${'\u202e../'.repeat(250_000)}`)
    expect(name).toBe(`${head}-Cat.webp`)
    expect(bytesIn(nameOf('猫'.repeat(350_000)))).toBeLessThanOrEqual(200)
  })

  it('exists even if one grapheme is longer than any name', () => {
    expect(bytesIn(nameOf(`a${'\u0301'.repeat(5_000)}`))).toBeLessThanOrEqual(200)
  })
})

/** Any text that JSON may carry: lone surrogates, control characters, long runs. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.array(fc.nat(0xffff), { maxLength: 300 }).map((units) => String.fromCharCode(...units)),
  fc.tuple(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.nat(300)).map(([text, times]) => text.repeat(times)),
  fc.constantFrom('..', '.', '/', '\\', 'CON', '~', '', '-', '--', ' '),
)
const anyPicture = fc.record({
  prompt: fc.option(anyText),
  createdAt: fc.integer({ min: 1, max: 4_102_444_799 }).map((seconds) => new Date(seconds * 1000)),
  genId: fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/).map(genId)),
  fileId: fc.stringMatching(/^file[-_][A-Za-z0-9_]{1,80}$/).map(fileId),
})

function flawOf(name: string): string | undefined {
  const checks: [string, boolean][] = [
    ['is more than one step of a path', path.posix.basename(name) !== name || path.win32.basename(name) !== name],
    ['is a step up', name === '' || name === '.' || name === '..'],
    ['is longer than 200 bytes', bytesIn(name) > 200],
    ['is no Unicode', !name.isWellFormed()],
    ['changes when a disk normalizes it', name.normalize('NFC') !== name],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    ['holds what Windows forbids', /[<>:"/\\|?*\x00-\x1f\x7f]/.test(name)],
    ['holds what cannot be seen', /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u.test(name)],
    ['is a name Windows keeps for itself', /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name)],
    ['ends in a dot or a space', /[. ]$/.test(name)],
    ['is hidden', name.startsWith('.')],
  ]
  return checks.find(([, isFlawed]) => isFlawed)?.[0]
}

describe('whatever comes from the web', () => {
  it('an image’s name is one step of a path, on every system, of at most 200 bytes', () => {
    fc.assert(
      fc.property(anyPicture, fc.boolean(), (any, isTaken) => {
        const name = imageNameFor(any, 'jpg', isTaken ? `-${bareId(any.fileId)}` : '')
        expect(flawOf(name)).toBeUndefined()
        expect(name.endsWith('.jpg')).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('the same picture always has the same name', () => {
    fc.assert(fc.property(anyPicture, (any) => imageNameFor(any, 'png') === imageNameFor(structuredClone(any), 'png')))
  })

  it('a cut name is the beginning of the uncut words', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zа-я一-龥]{100,400}$/u), (letters) => {
        const kept = nameOf(letters).slice(head.length + 1, -'….webp'.length)
        expect(letters.normalize('NFC').startsWith(kept)).toBe(true)
        expect(kept.length).toBeGreaterThan(40)
      }),
    )
  })

  it('an id that would be an odd path is not accepted as an id', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, two) => {
        const [gen, file] = [parseGenerationId(one), parseFileId(two)]
        if (gen === null && file === null) return
        const named = { genId: gen, fileId: file ?? fileId('file-abc') }
        expect(flawOf(recordNameFor(named))).toBeUndefined()
        expect(flawOf(imageNameFor({ ...picture('A cat'), ...named }, 'png'))).toBeUndefined()
      }),
      { numRuns: 1_000 },
    )
    for (const id of ['../x', 'a/b', 'a\\b', 'a\0b', 'a b', '', '.', '..', 'a\n', 'é', 'a'.repeat(81)]) {
      expect(parseGenerationId(id)).toBeNull()
      expect(parseFileId(`file-${id}`)).toBeNull()
    }
    expect(parseGenerationId('-a')).toBeNull()
    expect(parseFileId('file-a-b')).toBeNull()
  })

  it('these checks would notice a flawed name', () => {
    expect(flawOf('../a.png')).toBe('is more than one step of a path')
    expect(flawOf('a\\b.png')).toBe('is more than one step of a path')
    expect(flawOf(`${'ä'.repeat(101)}.png`)).toBe('is longer than 200 bytes')
    expect(flawOf('a\ud83d.png')).toBe('is no Unicode')
    expect(flawOf('nul.png')).toBe('is a name Windows keeps for itself')
  })
})

describe('the dated folder', () => {
  it('is the day on the clock of this machine, padded', () => {
    expect(folderFor(new Date(2023, 9, 29, 0, 0, 1))).toBe('2023/10/29')
    expect(folderFor(new Date(2023, 0, 5, 23, 59, 59))).toBe('2023/01/05')
  })
})

describe('the record’s name', () => {
  it('is gen_id and file id without its prefix', () => {
    const named = { genId: genId('M5QoHjYO7Qe9pl1Z'), fileId: fileId('file-mTlImgNhbMGexJI3DFLJXJlh') }
    expect(recordNameFor(named)).toBe('M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json')
    const later = {
      genId: genId('0f8fad5b-d9cb-469f-a165-70867728950e'),
      fileId: fileId('file_00000000a1b2c3d4e5f60718293a4b5c'),
    }
    expect(recordNameFor(later)).toBe('0f8fad5b-d9cb-469f-a165-70867728950e-00000000a1b2c3d4e5f60718293a4b5c.json')
  })

  it('is split at its last dash, since a gen_id may contain dashes', () => {
    fc.assert(fc.property(anyPicture, (any) => bareIdInRecordName(recordNameFor(any)) === bareId(any.fileId)))
    expect(bareIdInRecordName('0f8fad5b-d9cb-469f-a165-70867728950e-00000000a1b2.json')).toBe('00000000a1b2')
  })

  it.each([
    'notes.txt',
    'abc.json',
    '-abc.json',
    'gen-.json',
    'Thumbs.db',
    '.DS_Store',
    'gen-id.json.bak',
    '.0123456789abcdef.part',
  ])('is not %s', (name) => {
    expect(bareIdInRecordName(name)).toBeUndefined()
  })
})
