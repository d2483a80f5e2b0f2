/** Signed transfers for an Ethereum node, as ethers makes them; signed natively, which is ten times as fast. */
import { importPeer } from "./install-peers.ts";

/** What is used of ethers 6. */
type Ethers = {
  readonly Transaction: { from(fields: object): EthersTransaction };
  readonly HDNodeWallet: { fromPhrase(phrase: string, password: string, path: string): EthersWallet };
};
type EthersTransaction = { readonly unsignedHash: string; signature: object; readonly serialized: string };
type EthersWallet = { deriveChild(index: number): { readonly address: string; readonly privateKey: string } };

type Secp256k1 = {
  readonly default: {
    ecdsaSign(hash: Uint8Array, key: Uint8Array): { readonly signature: Uint8Array; readonly recid: number };
  };
};

/** Of Anvil's development accounts. */
const phrase = "test test test test test test test test test test test junk";
const chainId = 31337;
export const transferGas = 21_000;

const hexBytes = (text: string): Buffer => Buffer.from(text.slice(2), "hex");
const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/**
 * Raw transactions of so many accounts in turn, each with nonces from 0 on, `run` in a row of one account: a batch is one
 * account's.
 */
export async function signEthereumTransfers(accounts: number, count: number, run: number): Promise<string[]> {
  const { Transaction, HDNodeWallet } = await importPeer<Ethers>("ethers/lib.esm/index.js");
  const { default: secp256k1 } = await importPeer<Secp256k1>("secp256k1/index.js");
  const root = HDNodeWallet.fromPhrase(phrase, "", "m/44'/60'/0'/0");
  const keys = Array.from({ length: accounts }, (_, index) => hexBytes(root.deriveChild(index).privateKey));
  const nonces = keys.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    const account = Math.floor(index / run) % accounts;
    const to = `0x${(0x1000 + (index % 1000)).toString(16).padStart(40, "0")}`;
    const fields = { type: 2, chainId, nonce: nonces[account]!++, to, value: 1n, gasLimit: BigInt(transferGas) };
    const transaction = Transaction.from({
      ...fields,
      maxFeePerGas: 2_000_000_000n,
      maxPriorityFeePerGas: 1_000_000_000n,
    });
    const { signature, recid } = secp256k1.ecdsaSign(hexBytes(transaction.unsignedHash), keys[account]!);
    transaction.signature = {
      r: hexOf(signature.subarray(0, 32)),
      s: hexOf(signature.subarray(32)),
      yParity: recid as 0 | 1,
    };
    return transaction.serialized;
  });
}
