import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createBackground } from '../../../src/openai-export/store/background.ts'

it('lets some go on at a time, and more wait', async () => {
  const background = createBackground()
  let [running, most, done] = [0, 0, 0]
  for (let index = 0; index < 100; index++)
    await background.add(async () => {
      most = Math.max(most, ++running)
      await pause(1)
      running -= 1
      done += 1
    })
  await background.drained()
  expect({ most, done }).toEqual({ most: 32, done: 100 })
})

it('tells of a failure to whoever comes next, when the others have ended', async () => {
  const background = createBackground()
  let isEnded = false
  await background.add(async () => {
    await pause(20)
    isEnded = true
  })
  await background.add(() => Promise.reject(new Error('the disk is full')))
  await expect(background.drained()).rejects.toThrow('the disk is full')
  expect(isEnded).toBe(true)
  await expect(background.add(async () => {})).rejects.toThrow('the disk is full')
})
