/** The limits of this package. A keystore file may come from anywhere, so its cost is bounded. */
export const limits = {
  /** Characters of a keystore file. */
  keystoreChars: 16_384,
  /** Bytes of memory a keystore may make scrypt use: n = 262,144 with r = 8 needs half of it. */
  scryptBytes: 536_870_912,
  /** Rounds a keystore may make PBKDF2 run. */
  pbkdf2Rounds: 10_000_000,
  /** How often a person may mistype a passphrase before we give up. */
  passphraseTries: 5,
  /** Characters of a passphrase typed at a terminal. */
  passphraseChars: 1024,
} as const
