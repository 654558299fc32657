/**
 * A thread that reads assets: it takes places in files, and answers what lies there. Whoever started it decides
 * everything else.
 *
 * Shape   takes batches (`Job[]`); posts a number of bytes now and then while a long one is read, and the rows of each
 *         batch once all it wrote is safely on the disk. Meanwhile the next batch is read.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { codeOf } from '../../archive/disk-errors.ts'
import { messageOf } from '../../errors.ts'
import { createOwnAccess } from '../inputs/own-access.ts'
import { type BytesRead, largestPassingBytes, readAssetBytes } from './asset-bytes.ts'
import { hashesIn, type Job, type Outcome, type Posted, type ThreadData } from './job.ts'

const tell = (posted: Posted) => parentPort?.postMessage(posted)

const access = createOwnAccess(largestPassingBytes)
const { known } = workerData as ThreadData
const isKnown = known && hashesIn(known)

/** So many bytes of one asset are worth a message. */
const toldBytes = 16 * 1024 * 1024
let untoldBytes = 0
const onBytes = (count: number) => {
  untoldBytes += count
  if (untoldBytes < toldBytes) return
  tell(untoldBytes)
  untoldBytes = 0
}

type Read = { readonly job: Job; readonly read: BytesRead } | { readonly outcome: Outcome }

async function readOne(job: Job): Promise<Read> {
  const { at, place, sizeBytes, target, isAgain } = job
  try {
    const options = { sizeBytes, target, isKnown: isAgain ? undefined : isKnown, onBytes }
    const read = await readAssetBytes(() => access.open(place), options)
    return 'flaw' in read ? { outcome: { at, flaw: read.flaw } } : { job, read }
  } catch (error) {
    return { outcome: refusal(at, error) }
  }
}

async function finished(one: Read): Promise<Outcome> {
  if ('outcome' in one) return one.outcome
  const { at } = one.job
  try {
    await one.read.written?.finish()
    return { at, content: one.read.content }
  } catch (error) {
    return refusal(at, error)
  }
}

const refusal = (at: number, error: unknown): Outcome => ({ at, refused: messageOf(error), code: codeOf(error) })

async function readBatch(batch: readonly Job[]): Promise<void> {
  const all: Read[] = []
  for (const job of batch) all.push(await readOne(job))
  const bytes = untoldBytes
  untoldBytes = 0
  void Promise.all(all.map(finished)).then((outcomes) => tell({ outcomes, bytes }))
}

// It runs.
tell(0)

let last = Promise.resolve()
parentPort?.on('message', (batch: readonly Job[]) => {
  last = last.then(() => readBatch(batch))
})
