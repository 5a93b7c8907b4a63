import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { GatewayError } from '../domain/errors.ts'

/**
 * Which addresses the gateway may connect to on a camera's behalf. A camera's address is input: without
 * this, whoever registers cameras could make the gateway speak to anything it can reach (SSRF).
 */
export class NetworkPolicy {
  readonly #networks = new BlockList()

  /**
   * @param networks CIDRs, e.g. `10.0.0.0/8`, `fd00::/8`
   * @param options.demoCameras lets the demo cameras in as well: on loopback, but not on 127.0.0.1,
   * where this machine's own services listen
   */
  constructor(networks: readonly string[], options: { readonly demoCameras?: boolean } = {}) {
    for (const network of networks) addNetwork(this.#networks, network)
    if (options.demoCameras === true) {
      for (const network of demoNetworks) addNetwork(this.#networks, network)
    }
  }

  /** Whether cameras may be on this machine itself. */
  get permitsLoopback(): boolean {
    return this.permits('127.0.0.1') || this.permits('127.0.1.1')
  }

  /**
   * The IP address to connect to for `host`. Connect to the answer, not to the name: a second look-up
   * may answer differently (DNS rebinding). Throws `address-refused` or `host-unknown`.
   */
  async allowed(host: string): Promise<string> {
    const name = host.replace(/^\[(.*)\]$/, '$1')
    const addresses = isIP(name) === 0 ? await resolve(name) : [name]
    const address = addresses.find((candidate) => this.permits(candidate))
    if (address === undefined) {
      throw new GatewayError({
        kind: 'invalid',
        code: 'address-refused',
        message: `${host} is outside the networks where cameras may be`,
        details: { host },
      })
    }
    return address
  }

  /** @param address an IP address */
  permits(address: string): boolean {
    const family = familyOf(address)
    return family !== null && !never.check(address, family) && this.#networks.check(address, family)
  }
}

/** Refused whatever the setting says: no camera is there, but a cloud's metadata service may be. */
const never = new BlockList()
for (const network of [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '224.0.0.0/3',
  '::/128',
  'fe80::/10',
  'fd00:ec2::254/128',
  // The same IPv4 addresses behind NAT64 and 6to4.
  '64:ff9b::a9fe:0/112',
  '64:ff9b::6464:64c8/128',
  '2002:a9fe::/32',
  'ff00::/8',
]) {
  addNetwork(never, network)
}

/** 127.0.1.0 to 127.0.7.255 */
const demoNetworks = ['127.0.1.0/24', '127.0.2.0/23', '127.0.4.0/22']

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits = ''] = network.split('/')
  const family = familyOf(address)
  const widest = family === 'ipv4' ? 32 : 128
  const prefix = bits === '' ? widest : Number(bits)
  if (family === null || !Number.isInteger(prefix) || prefix < 0 || prefix > widest) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'network-malformed',
      message: `${network} is not a network in CIDR form`,
    })
  }
  list.addSubnet(address, prefix, family)
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : null
}

async function resolve(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map((found) => found.address)
  } catch (cause) {
    throw new GatewayError({
      kind: 'upstream',
      code: 'host-unknown',
      message: `${name} has no address`,
      details: { host: name },
      cause,
    })
  }
}
