import { meansOf, type Pixels, type Plane, planesOf } from './pixels.ts'

/**
 * What a picture looks like, in bytes that can be compared with those of any other.
 *
 * Shape   8 bytes of difference hash, 8 of perceptual hash, width and height in pixels of the thumbnail (two bytes
 *         each, big-endian), then the descriptor.
 */
export type Look = Uint8Array

const fields = 4
const directions = 8
const hashBytes = 8
const shapeAt = 2 * hashBytes
const descriptorAt = shapeAt + 4
/** Bytes of the descriptor: three colours and eight directions in each of sixteen fields. */
const descriptorBytes = fields * fields * (3 + directions)
/** Bytes of a look. */
export const lookBytes = descriptorAt + descriptorBytes

/** Pixels on each side in which a picture is looked at. */
export const lookSide = 128

/** Where a look lies among others: the bytes, and where it begins in them. */
export interface LookPlace {
  readonly bytes: Uint8Array
  readonly at: number
}

/** Looks at a picture. */
export function lookOf(pixels: Pixels): Look {
  const look = new Uint8Array(lookBytes)
  const { luma, blue, red } = planesOf(pixels)
  look.set(differenceHash(luma))
  look.set(perceptualHash(luma), hashBytes)
  look.set([pixels.widthPx >> 8, pixels.widthPx & 255, pixels.heightPx >> 8, pixels.heightPx & 255], shapeAt)
  look.set(colours([luma, blue, red]), descriptorAt)
  look.set(gradients(luma), descriptorAt + 3 * fields * fields)
  return look
}

/** Fields that differ by fewer levels are the same: whichever is brighter, is so by the noise of the file. */
const sameLevels = 1.5

/** A bit for each of 64 fields: whether it is brighter than the one before it. */
function differenceHash(luma: Plane): Uint8Array {
  const means = meansOf(luma, 9, 8)
  return bitsOf((at) => (means[at + Math.floor(at / 8) + 1] ?? 0) > (means[at + Math.floor(at / 8)] ?? 0) + sameLevels)
}

const waves = 8
const samples = 32
/** Cosines of the first eight waves over 32 samples, without the constant one. */
const cosines = Float32Array.from({ length: waves * samples }, (_, at) =>
  Math.cos((Math.PI * (Math.floor(at / samples) + 1) * ((at % samples) + 0.5)) / samples),
)

/** A bit for each of the 64 slowest waves of the picture: whether it is stronger than half of them. */
function perceptualHash(luma: Plane): Uint8Array {
  const means = meansOf(luma, samples, samples)
  const inRows = new Float32Array(samples * waves)
  for (let row = 0; row < samples; row++)
    for (let wave = 0; wave < waves; wave++)
      inRows[row * waves + wave] = sumOf((at) => (means[row * samples + at] ?? 0) * (cosines[wave * samples + at] ?? 0))
  const all = Float32Array.from({ length: waves * waves }, (_, n) =>
    sumOf((at) => (inRows[at * waves + (n % waves)] ?? 0) * (cosines[Math.floor(n / waves) * samples + at] ?? 0)),
  )
  const median = all.toSorted()[all.length / 2] ?? 0
  return bitsOf((at) => (all[at] ?? 0) > median)
}

function sumOf(value: (at: number) => number): number {
  let sum = 0
  for (let at = 0; at < samples; at++) sum += value(at)
  return sum
}

function bitsOf(isSet: (at: number) => boolean): Uint8Array {
  const bits = new Uint8Array(hashBytes)
  for (let at = 0; at < 8 * hashBytes; at++) if (isSet(at)) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
  return bits
}

/** The mean colour of each field. */
const colours = (planes: readonly Plane[]): number[] =>
  planes.flatMap((plane) => [...meansOf(plane, fields, fields)].map(Math.round))

/** Edges together as weak as this for each pixel are noise. */
const noise = 4
/** Roots of shares are small; so they weigh about as much as the colours. */
const gradientScale = 510

/** How much of all edges lies in each field and direction, as the root of its share. */
function gradients({ side, values }: Plane): Uint8Array {
  const sums = new Float32Array(fields * fields * directions)
  let total = noise * side * side
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x
      const across = (values[at + 1] ?? 0) - (values[at - 1] ?? 0)
      const down = (values[at + side] ?? 0) - (values[at - side] ?? 0)
      const strength = Math.hypot(across, down)
      const turned = Math.floor((Math.atan2(down, across) / Math.PI + 1) * directions) % directions
      const field = Math.floor((y * fields) / side) * fields + Math.floor((x * fields) / side)
      sums[field * directions + turned] = (sums[field * directions + turned] ?? 0) + strength
      total += strength
    }
  return Uint8Array.from(sums, (sum) => Math.min(255, Math.round(gradientScale * Math.sqrt(sum / total))))
}

/** Bits in which the two hashes of one picture in two files differ at most. */
const [maxDifference, maxPerceptual] = [8, 6]
/** Sides of two thumbnails of one picture differ by a pixel at most. */
const shapeWithin = 0.015

/** 0 for what is another picture by its hashes or its shape, else the more the fewer bits differ. */
export function twinness(left: LookPlace, right: LookPlace): number {
  const difference = differentBits(left, right, 0)
  if (difference > maxDifference) return 0
  const perceptual = differentBits(left, right, hashBytes)
  if (perceptual > maxPerceptual) return 0
  const [one, other] = [aspectOf(left), aspectOf(right)]
  return Math.abs(one - other) > shapeWithin * Math.max(one, other) ? 0 : 1 / (1 + difference + perceptual)
}

const aspectOf = ({ bytes, at }: LookPlace) =>
  ((bytes[at + shapeAt] ?? 0) * 256 + (bytes[at + shapeAt + 1] ?? 0)) /
  ((bytes[at + shapeAt + 2] ?? 0) * 256 + (bytes[at + shapeAt + 3] ?? 0))

const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

function differentBits(left: LookPlace, right: LookPlace, from: number): number {
  let count = 0
  for (let at = from; at < from + hashBytes; at++)
    count += bitCounts[(left.bytes[left.at + at] ?? 0) ^ (right.bytes[right.at + at] ?? 0)] ?? 0
  return count
}

/** The sum of squares at which two looks have nothing in common. */
const farthest = 120_000
/** What is less near is so by chance. */
const minNearness = 0.35
/** Sums are compared with the most they may be after so many numbers: nearly all pictures are far from each other. */
const perCheck = 16

/** How near two looks are by their descriptors: 1 for the same, 0 for what is near by chance at most. */
export function lookNearness(one: LookPlace, other: LookPlace): number {
  const [left, leftAt, right, rightAt] = [one.bytes, one.at, other.bytes, other.at]
  const most = farthest * (1 - minNearness) ** 2
  let sum = 0
  for (let at = descriptorAt; at < lookBytes && sum <= most; ) {
    for (const end = at + perCheck; at < end; at++) {
      const step = (left[leftAt + at] ?? 0) - (right[rightAt + at] ?? 0)
      sum += step * step
    }
  }
  return sum > most ? 0 : 1 - Math.sqrt(sum / farthest)
}
