import type { Archive } from '../archive/archive.ts'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import type { OnEvent } from './events.ts'

/** The gallery beside a watch. */
export interface GalleryBeside {
  close(): Promise<void>
}

/** Serves the gallery of an archive that is being written; what is wrong with it is said, and the watch goes on. */
export function showGallery(
  archive: Pick<Archive, 'root' | 'onRecord' | 'mark'>,
  onEvent: OnEvent,
  { galleryKey: isKeyKept = false, mirror }: Partial<Pick<Config, 'galleryKey' | 'mirror'>> = {},
): GalleryBeside {
  const notice = (error: unknown) => onEvent({ kind: 'notice', text: `The gallery: ${messageOf(error)}` })
  const starting = import('../gallery/server.ts')
    .then(({ serveGallery }) =>
      serveGallery({ archivePath: archive.root, mark: archive.mark, isKeyKept, mirror, onTrouble: notice }),
    )
    .then((gallery) => {
      onEvent({ kind: 'gallery', url: gallery.url })
      return gallery
    })
  starting.catch(notice)
  const forget = archive.onRecord((record) => void starting.then((gallery) => gallery.show(record)).catch(() => {}))
  return {
    async close() {
      forget()
      await starting.then((gallery) => gallery.close()).catch(() => {})
    },
  }
}
