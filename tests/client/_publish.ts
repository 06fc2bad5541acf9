/** Publishes packages in a testnet, as anybody may: each by an identity made for it alone. */
import { createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import type { Testnet } from '@manyhands/testnet'
import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'

export async function publish(
  net: Testnet,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const crypto = await loadCrypto()
  await using connection = createConnection(
    { identity: createSigner(generatePrivateKey(systemRandom), crypto) },
    {
      open: connectLocation(new URL('package-manager/', net.url)),
      crypto,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    },
  )
  await connection.request('deployPackage', { name, version: '1.0.0', files })
}
