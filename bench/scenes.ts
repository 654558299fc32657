/** Pictures that are drawn from a number, and what becomes of pictures: for measuring what is called alike. */
import sharp from 'sharp'

/** A scene; what is left out comes from the number. */
export interface Scene {
  readonly seed: number
  /** Colours of another scene. */
  readonly paletteOf?: number
  /** Places and sizes of another scene. */
  readonly placesOf?: number
  /** Forms are moved by so many hundredths, as a second try of the same prompt has it. */
  readonly jitter?: number
  /** What an edit did: a form that is added, one that has another colour, another light over all. */
  readonly edit?: 'added' | 'coloured' | 'light'
  readonly widthPx?: number
  readonly heightPx?: number
}

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const paletteOf = (seed: number) => {
  const random = randomOf(seed * 3 + 1)
  const hue = random() * 360
  const colour = (turn: number) =>
    `hsl(${(hue + turn * 60 * random()) % 360}, ${20 + random() * 70}%, ${15 + random() * 70}%)`
  return [0, 1, 2, 3, 4].map(colour)
}

function svgOf(scene: Scene): string {
  const { seed, jitter = 0, edit, widthPx = 960, heightPx = 960 } = scene
  const palette = paletteOf(scene.paletteOf ?? seed)
  const [places, forms, shake] = [
    randomOf((scene.placesOf ?? seed) * 3 + 2),
    randomOf(seed * 3 + 3),
    randomOf(seed * 7 + jitter),
  ]
  const count = 3 + Math.floor(places() * 9)
  const shapes = Array.from({ length: count }, (_, n) => {
    const moved = () => ((shake() - 0.5) * 2 * jitter) / 100
    const [x, y] = [(places() + moved()) * widthPx, (places() + moved()) * heightPx]
    const size = (0.04 + places() * 0.3 + moved()) * widthPx
    const colour = edit === 'coloured' && n === count - 1 ? 'crimson' : (palette[1 + (n % 4)] ?? '')
    return shapeOf(Math.floor(forms() * 5), x, y, size, colour, forms() * 360)
  })
  if (edit === 'added') shapes.push(shapeOf(0, widthPx * 0.7, heightPx * 0.65, widthPx * 0.09, 'gold', 0))
  const grain = (0.002 + forms() * 0.05).toFixed(4)
  const light = edit === 'light' ? `<rect width="100%" height="100%" fill="navy" opacity="0.3"/>` : ''
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}"><defs>
    <linearGradient id="g" gradientTransform="rotate(${Math.floor(forms() * 90)})">
    <stop offset="0" stop-color="${palette[0]}"/><stop offset="1" stop-color="${palette[1]}"/></linearGradient>
    <filter id="t"><feTurbulence type="fractalNoise" baseFrequency="${grain}" numOctaves="3" seed="${seed % 1000}"/>
    <feColorMatrix type="saturate" values="0.3"/></filter></defs>
    <rect width="100%" height="100%" fill="url(#g)"/>
    <rect width="100%" height="100%" filter="url(#t)" opacity="${(forms() * 0.45).toFixed(2)}"/>${shapes.join('')}${light}</svg>`
}

function shapeOf(kind: number, x: number, y: number, size: number, colour: string, turn: number): string {
  const at = `fill="${colour}" transform="translate(${x} ${y}) rotate(${turn})"`
  switch (kind) {
    case 0:
      return `<circle r="${size / 2}" ${at}/>`
    case 1:
      return `<rect x="${-size / 2}" y="${-size / 4}" width="${size}" height="${size / 2}" ${at}/>`
    case 2:
      return `<path d="M0 ${-size / 2} L${size / 2} ${size / 2} L${-size / 2} ${size / 2} Z" ${at}/>`
    case 3:
      return `<ellipse rx="${size / 2}" ry="${size / 5}" ${at}/>`
    default:
      return `<path d="M${-size / 2} 0 Q0 ${-size} ${size / 2} 0 T${size} 0" fill="none" stroke="${colour}" stroke-width="${size / 8}" transform="translate(${x} ${y}) rotate(${turn})"/>`
  }
}

/** A scene as a PNG without loss. */
export const draw = (scene: Scene): Promise<Buffer> =>
  sharp(Buffer.from(svgOf(scene)))
    .png({ compressionLevel: 1 })
    .toBuffer()

type Change = (bytes: Buffer) => Promise<Buffer>

async function scaled(bytes: Buffer, factor: number) {
  const { width } = await sharp(bytes).metadata()
  return sharp(bytes).resize(Math.round(factor * width))
}

/** The same picture in another file. */
export const sameInAnotherFile: Readonly<Record<string, Change>> = {
  'webp 90': (bytes) => sharp(bytes).webp({ quality: 90 }).toBuffer(),
  'webp 50': (bytes) => sharp(bytes).webp({ quality: 50 }).toBuffer(),
  'jpeg 95, all colour': (bytes) => sharp(bytes).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
  'jpeg 85': (bytes) => sharp(bytes).jpeg({ quality: 85 }).toBuffer(),
  'jpeg 60': (bytes) => sharp(bytes).jpeg({ quality: 60 }).toBuffer(),
  'jpeg 30': (bytes) => sharp(bytes).jpeg({ quality: 30 }).toBuffer(),
  'half as large': (bytes) => scaled(bytes, 0.5).then((half) => half.png().toBuffer()),
  'three quarters as large, jpeg 80': (bytes) =>
    scaled(bytes, 0.75).then((less) => less.jpeg({ quality: 80 }).toBuffer()),
  'half as large again, webp 80': (bytes) => scaled(bytes, 1.5).then((more) => more.webp({ quality: 80 }).toBuffer()),
}

const cropped = async (bytes: Buffer, share: number, isResized: boolean) => {
  const { width, height } = await sharp(bytes).metadata()
  const [left, top] = [Math.round(width * share), Math.round(height * share)]
  const cut = sharp(bytes).extract({ left, top, width: width - left - 3, height: height - top - 3 })
  return (isResized ? cut.resize(width, height, { fit: 'fill' }) : cut).png().toBuffer()
}

const written =
  (text: string, opacity: number, size: number): Change =>
  async (bytes) => {
    const { width, height } = await sharp(bytes).metadata()
    const mark = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text x="${width * 0.97}" y="${height * 0.96}"
    text-anchor="end" font-family="sans-serif" font-size="${height * size}" fill="white" stroke="black" stroke-width="0.5" opacity="${opacity}">${text}</text></svg>`
    return sharp(bytes)
      .composite([{ input: Buffer.from(mark) }])
      .png()
      .toBuffer()
  }

/** A picture made of another that is not the same any more. */
export const changed: Readonly<Record<string, Change>> = {
  'watermark in the corner': written('© studio', 0.8, 0.05),
  'faint watermark': written('studio', 0.4, 0.05),
  'small watermark': written('ai', 0.7, 0.03),
  'cropped by 1 %': (bytes) => cropped(bytes, 0.01, true),
  'cropped by 3 %': (bytes) => cropped(bytes, 0.03, true),
  'cropped by 6 %, smaller': (bytes) => cropped(bytes, 0.06, false),
  mirrored: (bytes) => sharp(bytes).flop().png().toBuffer(),
  'without colour': (bytes) => sharp(bytes).greyscale().png().toBuffer(),
  brighter: (bytes) => sharp(bytes).modulate({ brightness: 1.08 }).png().toBuffer(),
  'turned by 1°': async (bytes) => {
    const { width, height } = await sharp(bytes).metadata()
    const turned = await sharp(bytes).rotate(1, { background: 'white' }).toBuffer()
    return sharp(turned).resize(width, height, { fit: 'cover' }).png().toBuffer()
  },
}

/** Other scenes that are merely alike. */
export const alike: Readonly<Record<string, (scene: Scene) => Scene>> = {
  'same palette': (scene) => ({ ...scene, seed: scene.seed + 50_000, paletteOf: scene.seed }),
  'same composition, other subject': (scene) => ({
    ...scene,
    seed: scene.seed + 60_000,
    placesOf: scene.seed,
    paletteOf: scene.seed,
  }),
  'consecutive variant': (scene) => ({ ...scene, jitter: 3 }),
  'near variant': (scene) => ({ ...scene, jitter: 1 }),
  'a form added': (scene) => ({ ...scene, edit: 'added' }),
  'a form coloured': (scene) => ({ ...scene, edit: 'coloured' }),
  'another light': (scene) => ({ ...scene, edit: 'light' }),
}
