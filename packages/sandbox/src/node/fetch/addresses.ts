/** Which addresses are not of the public Internet: a work function may not reach them by a name. */
import { BlockList, isIP } from 'node:net'

const privateBlocks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** A list of addresses and blocks; @throws RangeError when one makes no sense. */
export function createAddressList(blocks: readonly string[]): (address: string) => boolean {
  // One list for each family: a list of both matches mapped addresses across them.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    if (isIP(address) === 0) throw new RangeError(`${block} is no address and no block of them`)
    const family = familyOf(address)
    if (bits === undefined) lists[family].addAddress(address, family)
    else lists[family].addSubnet(address, Number(bits), family)
  }
  return (address) => lists[familyOf(address)].check(address, familyOf(address))
}

/** True for loopback, private, link-local, multicast, reserved and translated addresses. */
export const isPrivateAddress: (address: string) => boolean = createAddressList(privateBlocks)
