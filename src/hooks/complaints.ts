/** Says what goes wrong again and again in few lines. */
export interface Complaints {
  add(text: string): void
  /** Says how many were passed over since the last line. */
  close(): void
}

/** Says the first complaint at once, and then one in so much time at most, with the number of those passed over. */
export function createComplaints(say: (text: string) => void, everyMs: number): Complaints {
  let [lastMs, passedOver] = [Number.NEGATIVE_INFINITY, 0]
  return {
    add(text) {
      const nowMs = performance.now()
      if (nowMs - lastMs < everyMs) {
        passedOver += 1
        return
      }
      say(passedOver > 0 ? `${text} (and ${passedOver} more before)` : text)
      ;[lastMs, passedOver] = [nowMs, 0]
    },
    close() {
      if (passedOver > 0) say(`onPicture: ${passedOver} more failed.`)
      passedOver = 0
    },
  }
}
