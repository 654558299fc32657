import type { PictureRecord } from './records.ts'

/**
 * What happened to a record; "pulled" came from another machine, which had the picture before; "restored" is its image
 * alone, which was gone.
 */
export type RecordChange = 'added' | 'pulled' | 'completed' | 'corrected' | 'restored'

export type OnRecord = (record: PictureRecord, change: RecordChange) => void
/** `folder` and `name` are those of the record whose marks changed, below `database/`. */
export type OnMarks = (folder: string, name: string) => void

/** News of an archive, for whoever follows it: the gallery beside a watch, and whatever else is made of pictures. */
export interface Feed {
  /**
   * Hears of every record this process writes, of every origin, after it is on the disk; until the returned function is
   * called. A listener deals with its own faults: what it throws stops nobody.
   */
  onRecord(listener: OnRecord): () => void
  /** The same for marks. */
  onMarks(listener: OnMarks): () => void
}

/** Makes a feed, and the two ways to tell it something. */
export function createFeed(): { feed: Feed; tellRecord: OnRecord; tellMarks: OnMarks } {
  const [records, marks] = [createListeners<OnRecord>(), createListeners<OnMarks>()]
  return {
    feed: { onRecord: records.add, onMarks: marks.add },
    tellRecord: (...news) => records.tell((listener) => listener(...news)),
    tellMarks: (...news) => marks.tell((listener) => listener(...news)),
  }
}

function createListeners<Listener>() {
  const listeners = new Set<Listener>()
  return {
    add(listener: Listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell(one: (listener: Listener) => void) {
      for (const listener of listeners) {
        try {
          one(listener)
        } catch {
          // A picture is archived whatever its followers make of it.
        }
      }
    },
  }
}
