import { createContext } from 'preact'
import { useMemo } from 'preact/hooks'
import { fold } from '../catalogue/fold.ts'
import type { PictureList } from './api.ts'

/** Bit of `marks` in the list: the picture bears the tag "blur". */
const veilBit = 32

/** Whether a person wants to see a picture only when pointing at it. */
export const isVeiledAt = ({ pictures }: PictureList, position: number): boolean =>
  ((pictures.marks[position] ?? 0) & veilBit) !== 0

/** The same by the tags of a picture. */
export const isVeiling = (tags: readonly string[]): boolean => tags.some((tag) => fold(tag) === 'blur')

/** Ids of the pictures to be blurred until somebody points at them. */
export const Veiled = createContext<ReadonlySet<string>>(new Set())

/** Those of a list. */
export function useVeiled(list: PictureList | undefined): ReadonlySet<string> {
  return useMemo(() => {
    const veiled = new Set<string>()
    for (const [position, bits] of list?.pictures.marks.entries() ?? [])
      if ((bits & veilBit) !== 0) veiled.add(list?.pictures.id[position] ?? '')
    return veiled
  }, [list])
}
