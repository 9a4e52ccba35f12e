/** Pieces of an encrypted file against the root that its certificate names (P§2C *File*), wherever they are fetched to. */
import { concat, done, type Result, refused, sameBytes } from "@counterfoil/base";
import {
  CONTENT_LIMIT_BYTES,
  type Crypto,
  encryptedBytes,
  type GoodsPieces,
  HASH_BYTES,
  PIECE_BYTES,
  pieceCount,
  treeRoot,
} from "@counterfoil/crypto";

/** In order of precedence. */
export type PiecesReason = "wrong-piece-size" | "wrong-length" | "wrong-root";

/** Checks pieces in any order, several at once. */
export interface PieceVerifier {
  readonly pieceCount: number;
  /** Where a piece lies in the file. */
  range(index: number): { readonly fromByte: number; readonly bytes: number };
  /** Whether these bytes, exactly, are the piece. */
  checkPiece(index: number, bytes: Uint8Array): Promise<boolean>;
}

/**
 * @param leaves the list a mirror serves; it is nobody's word until it leads to the certified root.
 * @param leafOf the hash of a piece, where somebody has a cheaper way to it.
 */
export function pieceVerifier(
  crypto: Pick<Crypto, "sha256">,
  leaves: Uint8Array,
  expected: GoodsPieces,
  leafOf: (piece: Uint8Array) => Uint8Array = (piece) => crypto.sha256(concat(LEAF_MARK, piece)),
): Result<PieceVerifier, PiecesReason> {
  if (!fitsPieces(expected)) return refused("wrong-piece-size");
  const count = pieceCount(expected.fileBytes, expected.pieceBytes);
  if (leaves.length !== count * HASH_BYTES) return refused("wrong-length");
  const held = leaves.slice(); // the caller may reuse its buffer
  if (treeRoot(crypto, held) !== expected.root) return refused("wrong-root");
  const range = (index: number) => {
    const fromByte = index * expected.pieceBytes;
    return { fromByte, bytes: Math.min(expected.pieceBytes, expected.fileBytes - fromByte) };
  };
  const checkPiece = async (index: number, bytes: Uint8Array) => {
    if (!Number.isInteger(index) || index < 0 || index >= count || bytes.length !== range(index).bytes) return false;
    return sameBytes(leafOf(bytes), held.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
  };
  return done({ pieceCount: count, range, checkPiece });
}

/** A buyer holds a few pieces in memory, and a list of pieces that is as long as the largest file's at most. */
const PIECE_LIMIT_BYTES = 16 * 1024 * 1024;
const PIECE_COUNT_LIMIT = pieceCount(encryptedBytes(CONTENT_LIMIT_BYTES), PIECE_BYTES);

/** The zero before a piece marks a leaf of the tree. */
const LEAF_MARK = Uint8Array.of(0);

/** Whether a piece can be held in memory and the list of them too: to be asked before anything is fetched. */
export function fitsPieces({ fileBytes, pieceBytes }: GoodsPieces): boolean {
  const fits = Number.isSafeInteger(pieceBytes) && pieceBytes > 0 && pieceBytes <= PIECE_LIMIT_BYTES;
  return (
    fits && Number.isSafeInteger(fileBytes) && fileBytes >= 0 && pieceCount(fileBytes, pieceBytes) <= PIECE_COUNT_LIMIT
  );
}
