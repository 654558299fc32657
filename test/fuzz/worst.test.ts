import { it } from 'vitest'
import { createDecoder } from '/work/main/src/decode/decoder.ts'
import { imageNameFor } from '/work/main/src/archive/names.ts'
import { maxAnswerChars } from '/work/main/src/decode/limits.ts'
const mode = process.env.WORST
const fill = (unit: string, head='', tail='') => head + unit.repeat(Math.floor((maxAnswerChars - head.length - tail.length - 5) / unit.length)) + '0' + tail
it('x', () => {
const t0 = Date.now()
if (mode === 'objects') console.log(createDecoder().answer(fill('{},', '[', ']')).oddities.length)
if (mode === 'keys') console.log(createDecoder().answer('{' + Array.from({length: 2_000_000}, (_, i) => `"k${i}":{}`).join(',') + '}').oddities.length)
if (mode === 'messages') console.log(createDecoder().answer(fill('{"author":{},"content":{}},', '[', ']')).oddities.length)
if (mode === 'images') { const d = createDecoder(); let i=0; const one = () => `{"id":"${i++}","author":{"role":"tool"},"content":{"parts":[{"content_type":"image_asset_pointer","asset_pointer":"file-${i}","metadata":{"dalle":{"gen_id":"g${i}"}}}]}},`; let s='['; while (s.length < maxAnswerChars-300) s+=one(); console.log(d.answer(s+'0]').facts.length) }
if (mode === 'same') { const d = createDecoder(); let i=0; const one = () => `{"id":"${i++}","author":{"role":"tool"},"status":"in_progress","metadata":{"turn_exchange_id":"t"},"content":{"parts":[{"content_type":"image_asset_pointer","asset_pointer":"file-${i}","metadata":{"dalle":{"gen_id":"g"}}}]}},`; let s='['; while (s.length < maxAnswerChars-300) s+=one(); console.log(d.answer(s+'0]').facts.length) }
if (mode === 'odd') console.log(createDecoder().answer(fill('{"asset_pointer":""},', '[', ']')).oddities.length)
if (mode === 'name') for (const c of [' ', 'a ', '́', ' ́', 'é']) { const t=Date.now(); try { imageNameFor({ fileId: 'file-a' as never, genId: null, createdAt: new Date(), prompt: c.repeat(8e6) }, 'png'); console.log(JSON.stringify(c), Date.now()-t) } catch (e) { console.log(JSON.stringify(c), String(e)) } }
console.log(mode, Date.now() - t0, 'ms', Math.round(process.memoryUsage().heapUsed/2**20), 'MiB', Math.round(process.resourceUsage().maxRSS/1024), 'RSS')

}, 300000)
