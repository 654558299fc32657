import { describe, expect, it } from 'vitest'
import { compareAction } from '../../src/gallery-page/compare-keys.ts'

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, target: null, ...more }) as KeyboardEvent

// The page has it; here nothing is an element.
globalThis.Element ??= class {} as typeof Element

describe('a key, while pictures are compared', () => {
  it('goes from one to the next, or moves what is enlarged', () => {
    expect(compareAction(press('ArrowRight'), false)).toEqual({ kind: 'step', by: 1 })
    expect(compareAction(press('ArrowLeft'), false)).toEqual({ kind: 'step', by: -1 })
    expect(compareAction(press('ArrowUp'), false)).toBeUndefined()
    expect(compareAction(press('ArrowRight'), true)).toMatchObject({ kind: 'pan', x: -0.15 })
    expect(compareAction(press('ArrowUp'), true)).toMatchObject({ kind: 'pan', y: 0.15 })
  })

  it('enlarges, shows all, and flickers', () => {
    expect(compareAction(press('z'), false)).toMatchObject({ kind: 'zoom' })
    expect(compareAction(press('z'), true)).toEqual({ kind: 'whole' })
    expect(compareAction(press(' '), false)).toEqual({ kind: 'flicker' })
    expect(compareAction(press('s'), false)).toEqual({ kind: 'side-by-side' })
  })

  it('with Ctrl is meant for the browser', () => {
    expect(compareAction(press('+', { ctrlKey: true }), false)).toBeUndefined()
  })
})
