package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.CommonErrors;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The page that a list call asks for. A row more than it holds is looked for, so that it is known
 * whether another page follows.
 */
public final class Page {
  private final PageTokens tokens;
  private final String token;
  private final int size;

  private Page(PageTokens tokens, String token, int size) {
    this.tokens = tokens;
    this.token = token;
    this.size = size;
  }

  /** {@code Page.of(request.getPageSize(), request.getPageToken(), "ListRuns", filter)}. */
  public static Page of(int size, String token, String call, Object... filters) {
    return new Page(PageTokens.of(call, filters), token, Fields.pageSize(size));
  }

  /**
   * The key of the row that the page follows, empty for the first page; INVALID_ARGUMENT
   * (PAGE_TOKEN_INVALID) for a foreign one.
   *
   * @param parse throws IllegalArgumentException for what is no key
   */
  public <K> Optional<K> after(Function<String, K> parse) {
    try {
      return tokens.decode(token).map(List::getFirst).map(parse);
    } catch (IllegalArgumentException e) {
      throw CommonErrors.pageTokenInvalid();
    }
  }

  /** How many rows to look for. */
  public int limit() {
    return size + 1;
  }

  /** Those of the rows found that are the page's. */
  public <R> Stream<R> rows(List<R> found) {
    return found.stream().limit(size);
  }

  /** The token of the page that follows, empty for none. */
  public <R> String next(List<R> found, Function<R, ?> key) {
    return found.size() > size ? tokens.encode(String.valueOf(key.apply(found.get(size - 1)))) : "";
  }
}
