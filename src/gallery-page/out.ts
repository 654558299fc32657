import type { Picture, Source } from './api.ts'

/** What a picture's file is called, and what it is. */
export type File = Pick<Picture, 'id' | 'image' | 'mime'>

/** The name of the original file; undefined when it was never said. */
export const fileNameOf = ({ image }: Pick<File, 'image'>): string | undefined => image?.split('/').at(-1)

/** An address of this page as other programs need it. */
const wholeAddress = (path: string) => new URL(path, document.baseURI).href

/**
 * Lets a picture be dragged out of the window: where files are taken it becomes the original file, and elsewhere its
 * address.
 *
 * Shape   "DownloadURL" is `type:name:address`; browsers built on Chromium make a file of it where it is dropped.
 */
export function dragOut({ dataTransfer }: DragEvent, source: Pick<Source, 'downloadUrl' | 'imageUrl'>, file: File) {
  if (!dataTransfer) return
  const name = fileNameOf(file)
  dataTransfer.effectAllowed = 'copy'
  if (name) {
    const type = file.mime ?? 'application/octet-stream'
    dataTransfer.setData('DownloadURL', `${type}:${name}:${wholeAddress(source.downloadUrl(file.id))}`)
  }
  dataTransfer.setData('text/uri-list', wholeAddress(source.imageUrl(file.id)))
}

/** Puts a picture itself on the clipboard, as PNG, which is all that clipboards take. */
export async function copyImage(url: string): Promise<void> {
  const png = async () => {
    const image = await (await fetch(url)).blob()
    return image.type === 'image/png' ? image : asPng(image)
  }
  // Handed over as a promise: a browser allows it only as an answer to the click.
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png() })])
}

async function asPng(image: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(image)
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
  bitmap.close()
  return canvas.convertToBlob({ type: 'image/png' })
}

/** Hands what an address yields to the browser's downloads, while it is still being made. */
export function download(url: string) {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}
