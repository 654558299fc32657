import type { PictureRecord } from '../archive/records.ts'
import { messageOf } from '../errors.ts'
import type { OnEvent } from './events.ts'

/** The gallery beside a watch. */
export interface Showing {
  /** A picture was archived just now. */
  show(record: PictureRecord): void
  close(): Promise<void>
}

/** Beside the watch, the gallery; what is wrong with it is told, and the watch goes on. */
export function showGallery(archivePath: string, onEvent: OnEvent): Showing {
  const notice = (error: unknown) => onEvent({ kind: 'notice', text: `The gallery: ${messageOf(error)}` })
  const starting = import('../gallery/server.ts')
    .then(({ serveGallery }) => serveGallery({ archivePath, onTrouble: notice }))
    .then((gallery) => {
      onEvent({ kind: 'gallery', url: gallery.url })
      return gallery
    })
  starting.catch(notice)
  return {
    show: (record: PictureRecord) => void starting.then((gallery) => gallery.show(record)).catch(() => {}),
    close: () => starting.then((gallery) => gallery.close()).catch(() => {}),
  }
}
