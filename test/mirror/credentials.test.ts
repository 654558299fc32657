import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findCredentials } from '../../src/mirror/credentials.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const files = (credentials: string, config = '') => {
  const folder = temporaryFolder()
  return {
    AWS_SHARED_CREDENTIALS_FILE: put(path.join(folder, 'credentials'), credentials),
    AWS_CONFIG_FILE: put(path.join(folder, 'config'), config),
  }
}

const section = (name: string, id: string, more = '') =>
  `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key=s+/=${id}  \n${more}\n`

describe('credentials', () => {
  it('of the environment come first', async () => {
    const own = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' }
    const all = { ...files(section('default', 'file')), ...own }
    expect(await findCredentials(all)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' })
  })

  it('of the files are those of the profile, with its token', async () => {
    const text = `# mine\n${section('default', 'one')}\n; other\r\n${section('work', 'two', 'aws_session_token = t')}`
    expect(await findCredentials(files(text))).toEqual({ accessKeyId: 'one', secretAccessKey: 's+/=one' })
    expect(await findCredentials({ ...files(text), AWS_PROFILE: 'work' })).toEqual({
      ...{ accessKeyId: 'two', secretAccessKey: 's+/=two', sessionToken: 't' },
    })
  })

  it('may stand in the config file, where profiles are called so', async () => {
    const text = section('profile work', 'three')
    expect((await findCredentials({ ...files('', text), AWS_PROFILE: 'work' })).accessKeyId).toBe('three')
  })

  it('that are nowhere: one sentence that says where to put them, and none of what was found', async () => {
    const half = files('[default]\naws_secret_access_key = hush\n')
    await expect(findCredentials(half)).rejects.toMatchObject({
      code: 'config',
      message: 'There are no credentials for the mirror (profile "default").',
      hint: expect.stringContaining(half.AWS_SHARED_CREDENTIALS_FILE),
    })
    await expect(findCredentials(half)).rejects.not.toThrow(/hush/)
  })
})
