import type { Json } from '../decode/json.ts'
import { type Oddity, oddity } from '../decode/oddity.ts'
import type { ImageFacts } from './facts.ts'
import type { FileId } from './ids.ts'

/** The outcome of everything a site reads. */
export interface Findings {
  readonly facts: readonly ImageFacts[]
  /** Files that are no picture of their own, uploads and outdated previews: their bytes need not be kept. */
  readonly dismissed: readonly FileId[]
  /** Files of which a bytes address was announced (a download look-up was answered). */
  readonly links: readonly DownloadLink[]
  /** Addresses of sockets that will carry messages. */
  readonly sockets: readonly string[]
  readonly oddities: readonly Oddity[]
  /** Turns whose pictures are still to come, perhaps after a restart. */
  readonly openTurns: readonly OpenTurn[]
}

/** What was said of a turn whose picture is still to come: its prompt may never be told again. */
export interface OpenTurn {
  /** The message that stands for the picture until then, and bears it later. */
  readonly messageId: string
  /** What the site wants to know again after a restart; only the site itself reads it. */
  readonly notes: readonly Json[]
}

export interface DownloadLink {
  readonly fileId: FileId
  readonly url: string
}

export const nothingFound: Findings = {
  facts: [],
  dismissed: [],
  links: [],
  sockets: [],
  oddities: [],
  openTurns: [],
}

/** Findings that are one oddity. */
export function odd(kind: string, detail: string): Findings {
  return oddly([oddity(kind, detail)])
}

/** Findings that are nothing but oddities. */
export function oddly(oddities: readonly Oddity[]): Findings {
  return { ...nothingFound, oddities }
}

/** Several findings as one, in order. */
export function mergeFindings(all: readonly Findings[]): Findings {
  if (all.length === 1 && all[0]) return all[0]
  return {
    facts: all.flatMap((one) => one.facts),
    dismissed: all.flatMap((one) => one.dismissed),
    links: all.flatMap((one) => one.links),
    sockets: all.flatMap((one) => one.sockets),
    oddities: all.flatMap((one) => one.oddities),
    openTurns: all.flatMap((one) => one.openTurns),
  }
}
