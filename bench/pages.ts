/** Pages that measure themselves and post what they saw. */

const report = `const report = (value) => fetch('/pretend/report', { method: 'POST', body: JSON.stringify(value) })`

/** Loads a conversation, then all its pictures at once. */
export const burstPage = `<!doctype html><title>burst</title><body><script>${report}
const [cid, tab] = location.hash.slice(1).split('/')
;(async () => {
  const text = await (await fetch('/backend-api/conversation/' + cid)).text()
  const ids = [...new Set([...text.matchAll(/sediment:\\/\\/(file_[0-9a-f]{32})/g)].map((m) => m[1]))]
  const shown = {}
  const began = performance.now()
  await Promise.all(ids.map((id) => new Promise((done) => {
    const img = new Image()
    img.onload = img.onerror = () => { shown[id] = Date.now(); done() }
    img.src = '/backend-api/estuary/content?id=' + id + '&sig=0'
  })))
  report({ kind: 'burst', tab, ms: performance.now() - began, count: ids.length, shown })
})()
</script>`

/** Loads pictures one by one with pauses, as a person who waits for each. */
export const idlePage = burstPage
  .replace('burst</title>', 'idle</title>')
  .replace("kind: 'burst'", "kind: 'idle'")
  .replace(
    /await Promise\.all\(ids\.map\(\(id\) => (new Promise[\s\S]+?\n {2}\}\))\)\)/,
    'for (const id of ids) { await $1; await new Promise((done) => setTimeout(done, 150)) }',
  )

/** Reads one long streamed answer. */
export const streamPage = `<!doctype html><title>stream</title><body><script>${report}
;(async () => {
  const runs = []
  for (let run = 0; run < 5; run++) {
    const began = performance.now()
    const body = JSON.stringify({ messages: [{ id: crypto.randomUUID(), author: { role: 'user' }, content: { parts: ['word '.repeat(150)] } }], pretend: { how: 'refusal' } })
    const answer = await fetch('/backend-api/f/conversation', { method: 'POST', body })
    const reader = answer.body.getReader()
    let first = null
    for (;;) { const { done } = await reader.read(); first ??= performance.now() - began; if (done) break }
    runs.push({ first, whole: performance.now() - began })
  }
  report({ kind: 'stream', runs })
})()
</script>`
