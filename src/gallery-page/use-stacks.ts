import { useLayoutEffect, useMemo } from 'preact/hooks'
import { isModified, isWithin } from './keys.ts'
import type { Shown } from './shown.ts'
import { stacked, variantsOf } from './stacks.ts'
import { useRemembered } from './use-remembered.ts'

/** Variants as one tile each, or all of them. */
export interface Stacks {
  readonly shown: Shown | null
  readonly isOn: boolean
  toggle(): void
}

/** What is shown as stacks, unless they are off; or the variants of one picture. The key v turns stacks on and off. */
export function useStacks(all: Shown | null, variants: string | undefined): Stacks {
  const [isOn, setOn] = useRemembered('stacks', true)
  const shown = useMemo(() => {
    if (!all) return null
    if (variants !== undefined) return variantsOf(all, variants)
    return isOn ? stacked(all) : all
  }, [all, isOn, variants])
  const toggle = () => setOn(!isOn)
  // At once, so that a key that follows another finds what that one has changed.
  useLayoutEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (event.key === 'v' && !isModified(event) && !isWithin(event, 'input, textarea, select, dialog')) toggle()
    }
    addEventListener('keydown', keyDown)
    return () => removeEventListener('keydown', keyDown)
  }, [isOn])
  return { shown, isOn, toggle }
}
