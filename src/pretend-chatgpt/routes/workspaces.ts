import type { PretendSite } from '../site.ts'
import { pretendPerson } from '../world.ts'
import { type Handler, type Route, sendJson } from './route.ts'

/** Where a page learns between which workspaces the person can switch. */
export const workspaceRoutes = (site: PretendSite): readonly Route[] => [
  ['GET', /^\/backend-api\/accounts\/check\/v4-2023-04-27$/, accounts(site)],
]

const accounts =
  ({ workspaces }: PretendSite): Handler =>
  (_request, response) => {
    const personal = accountOf(pretendPerson.account, null, 'personal')
    const others = [...workspaces].map(([id, { name }]) => [id, accountOf(id, name, 'workspace')] as const)
    const all = Object.fromEntries([[pretendPerson.account, personal], ...others])
    sendJson(response, 200, { accounts: { ...all, default: personal }, account_ordering: Object.keys(all) })
  }

const accountOf = (id: string, name: string | null, structure: string) => ({
  account: { account_id: id, name, structure, is_deactivated: false },
  can_access_with_session: true,
})
