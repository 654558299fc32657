import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { archiveFolder, openConfined } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import type { Marks } from '../archive/marks.ts'
import { noMarks } from '../archive/marks.ts'
import { type Catalogue, openCatalogue } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import { listOf } from '../catalogue/listing.ts'
import { imageOf, pictureOf } from '../catalogue/pictures.ts'
import type { Picture } from '../catalogue/record-fields.ts'
import { createThumbs, type Thumbs } from '../catalogue/thumbs.ts'
import type { MirrorSettings } from '../config.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { type Originals, openOriginals } from '../mirror/originals.ts'
import { addressOf } from './contact-sheet.ts'
import { refuseInside } from './copies.ts'
import type { GalleryData } from './gallery-data.ts'

export interface StaticCopyOptions {
  readonly root: string
  readonly catalogue: Catalogue
  readonly thumbs: Thumbs
  /** Reads originals that are away. */
  readonly originals: Pick<Originals, 'read'>
  /** Must not be there yet, or be empty. */
  readonly target: string
  readonly onProgress?: (done: number, all: number) => void
  readonly signal?: AbortSignal
  /** Where the built page is. */
  readonly page: string
}

/** Writes a copy of an archive's gallery, all of it. */
export async function copyGallery(
  archivePath: string,
  target: string,
  more: Pick<StaticCopyOptions, 'onProgress' | 'signal' | 'page'> & { readonly mirror?: MirrorSettings | undefined },
): Promise<{ pictures: number; missing: number; fetched: number }> {
  const root = await archiveFolder(archivePath)
  const catalogue = await openCatalogue(root)
  try {
    await catalogue.examined
    const originals = openOriginals(root, more.mirror, more.signal)
    const thumbs = createThumbs(root, undefined, originals.read)
    const counts = await writeStaticCopy({ root, catalogue, thumbs, originals, target, ...more })
    return { ...counts, fetched: originals.fetched }
  } finally {
    await catalogue.close()
  }
}

/**
 * Writes the gallery as a folder that works without a server, also from `file://`.
 *
 * Shape   `index.html`, `assets/`, `data.js` (`window.galleryData`), `images/…` as in the archive, `thumbs/<id>.webp`.
 * Errors  ArchiverError "usage" when the folder holds anything, "disk" when it cannot be written. Pictures without
 *         image are listed as missing.
 */
export async function writeStaticCopy(options: StaticCopyOptions): Promise<{ pictures: number; missing: number }> {
  const { root, catalogue, target, onProgress = () => {}, signal, page } = options
  await beginIn(target, root)
  const copied: { entry: Entry; picture: Picture; marks: Marks }[] = []
  for (const entry of catalogue.entries) {
    signal?.throwIfAborted()
    const picture = await pictureOf(root, entry, () => ({ imageUrl: '', thumbUrl: '' }))
    if (!picture) continue
    const marks = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
    const image = await copyImage(options, entry)
    const thumb = image === undefined ? undefined : await copyThumb(options, entry)
    copied.push({
      entry: { ...entry, isMissing: !image, isAway: false },
      picture: placed(picture, image, thumb),
      marks,
    })
    onProgress(copied.length, catalogue.entries.length)
  }
  const data: GalleryData = {
    list: listOf(
      copied.map(({ entry }) => entry),
      catalogue.revision,
      true,
    ),
    pictures: copied.map(({ picture }) => picture),
    marks: Object.fromEntries(
      copied.filter(({ marks }) => marks !== noMarks).map(({ entry, marks }) => [entry.id, marks]),
    ),
  }
  await writeFile(path.join(target, 'data.js'), scriptOf(data))
  await copyPage(page, target)
  return { pictures: copied.length, missing: copied.filter(({ picture }) => picture.isMissing).length }
}

async function beginIn(target: string, root: string): Promise<void> {
  refuseInside(root, path.resolve(target))
  try {
    await mkdir(target, { recursive: true })
    if ((await readdir(target)).length === 0) return
  } catch (error) {
    throw new ArchiverError('disk', `${target} cannot be written: ${messageOf(error)}`, { cause: error })
  }
  throw new ArchiverError('usage', `${target} holds something already.`, {
    hint: 'Name a folder that is not there yet.',
  })
}

async function copyImage(options: StaticCopyOptions, entry: Entry): Promise<string | undefined> {
  const { root, target } = options
  const image = imageOf(entry)
  const file = image === undefined ? undefined : await openConfined(root, image)
  if (image === undefined) return undefined
  if (!file) return copyAway(options, image)
  try {
    const place = path.join(target, ...image.split('/'))
    await mkdir(path.dirname(place), { recursive: true })
    await writeFile(place, file.handle.createReadStream({ autoClose: false }))
    return image
  } finally {
    await file.handle.close()
  }
}

async function copyAway({ target, originals }: StaticCopyOptions, image: string): Promise<string | undefined> {
  const bytes = await originals.read(image)
  if (!bytes) return undefined
  const place = path.join(target, ...image.split('/'))
  await mkdir(path.dirname(place), { recursive: true })
  await writeFile(place, bytes)
  return image
}

async function copyThumb({ target, thumbs }: StaticCopyOptions, entry: Entry): Promise<string | undefined> {
  const thumb = await thumbs.get(entry, 480)
  if (!thumb) return undefined
  await mkdir(path.join(target, 'thumbs'), { recursive: true })
  const place = `thumbs/${entry.id}.webp`
  await writeFile(path.join(target, place), thumb.bytes)
  return place
}

function placed(picture: Picture, image: string | undefined, thumb: string | undefined): Picture {
  const imageUrl = image === undefined ? '' : addressOf(image)
  const thumbUrl = thumb === undefined ? imageUrl : addressOf(thumb)
  return { ...picture, imageUrl, thumbUrl, path: image ?? null, isMissing: image === undefined, isAway: false }
}

/** JSON is script but for what ends a script or a line of one. */
function scriptOf(data: GalleryData): string {
  const special = /[<\u2028\u2029]/g
  const json = JSON.stringify(data).replace(
    special,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `window.galleryData = ${json}\n`
}

async function copyPage(page: string, target: string): Promise<void> {
  const shell = await readFile(path.join(page, 'index.html'), 'utf8')
  await mkdir(path.join(target, 'assets'), { recursive: true })
  for (const name of await readdir(path.join(page, 'assets')))
    await writeFile(path.join(target, 'assets', name), await readFile(path.join(page, 'assets', name)))
  await writeFile(path.join(target, 'index.html'), shellForFiles(shell))
}

/**
 * The page's shell for `file://`, where addresses are relative, modules are not loaded and a script is the same without
 * being one: it is built as one file that imports nothing.
 */
export function shellForFiles(shell: string): string {
  const local = shell
    .replaceAll(/(src|href)="\.?\/(?!\/)/g, '$1="')
    .replaceAll(/\s+crossorigin(="[^"]*")?/g, '')
    .replaceAll(/<script\s+type="module"/g, '<script defer')
    .replaceAll(/<link rel="(?:module)?preload"[^>]*>/g, '')
  return local.replace('<script defer', '<script defer src="data.js"></script>\n    <script defer')
}
