import type { InputFlaw } from './inputs/export-file.ts'

/** What an import tells while it runs. */
export type ImportEvent =
  | { readonly kind: 'flaw'; readonly flaw: InputFlaw }
  | {
      readonly kind: 'progress'
      readonly phase: 'reading' | 'media' | 'storing'
      readonly done: Amount
      readonly all: Amount
    }

export interface Amount {
  readonly files: number
  readonly bytes: number
}
