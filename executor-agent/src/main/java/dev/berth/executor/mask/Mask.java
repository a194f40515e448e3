package dev.berth.executor.mask;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts {@code *} in the place of each byte that must not be seen: of the values given, also as they
 * stand in JSON, in URLs and in base64, and of well-known kinds of keys. As many bytes as there
 * were, so that places in what is printed stay what they are; line ends stay too. A byte's fate
 * depends on at most {@link #reach} bytes before and behind it, and on nothing else.
 *
 * <p>This is against accidents. A program that wants to tell what it knows can write it in ways
 * nobody looks for.
 */
public final class Mask {

  /** No mask reaches further. */
  public static final int LONGEST_REACH = 128 << 10;

  /** Hides all that is printed, for when it is not known what to hide. */
  public static final Mask EVERYTHING = new Mask(List.of(), true);

  /** What is shorter is everywhere. */
  private static final int SHORTEST = 8;

  private static final int TOKEN_REACH = 2 * KeyShapes.LONGEST;

  private final List<Needle> needles;
  private final boolean everything;
  private final int reach;

  private Mask(List<Needle> needles, boolean everything) {
    this.needles = needles;
    this.everything = everything;
    this.reach = Math.max(TOKEN_REACH, needles.stream().mapToInt(Needle::length).max().orElse(0));
  }

  /** Hides these values, and what looks like a key. */
  public static Mask of(Collection<String> values) {
    Set<String> forms = new LinkedHashSet<>();
    for (String value : values) {
      forms(value, forms);
      if (value.indexOf('\n') >= 0) {
        value.lines().forEach(line -> forms(line.strip(), forms));
      }
    }
    return new Mask(
        forms.stream()
            .filter(form -> form.length() >= SHORTEST)
            .map(form -> form.getBytes(StandardCharsets.UTF_8))
            .filter(form -> form.length <= LONGEST_REACH)
            .map(Needle::new)
            .toList(),
        false);
  }

  private static void forms(String value, Set<String> forms) {
    if (value.length() < SHORTEST) {
      return;
    }
    forms.add(value);
    forms.add(new String(JsonStringEncoder.getInstance().quoteAsString(value)));
    forms.add(URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
    forms.addAll(base64(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** What of it is in base64 whatever stands around it, for each way the bytes may fall. */
  private static List<String> base64(byte[] value) {
    List<String> forms = new ArrayList<>(3);
    for (int before = 0; before < 3; before++) {
      int whole = (before + value.length) / 3 * 3;
      byte[] bytes = new byte[whole];
      System.arraycopy(value, 0, bytes, before, whole - before);
      String text = Base64.getEncoder().encodeToString(bytes);
      forms.add(text.substring(before == 0 ? 0 : before + 1));
    }
    return forms;
  }

  /** How many bytes before and behind a byte decide about it. */
  public int reach() {
    return everything ? 0 : reach;
  }

  /**
   * Masks in place.
   *
   * @param inside whether something stands before the text
   * @param complete whether nothing ever follows {@code length}
   * @return up to where that is final; behind it more bytes must be known first
   */
  public int apply(byte[] text, int length, boolean inside, boolean complete) {
    BitSet marked = new BitSet(length);
    int known = length;
    if (everything) {
      marked.set(0, length);
    } else {
      for (Needle needle : needles) {
        known = Math.min(known, needle.mark(text, length, marked));
      }
      if (complete) {
        // A word that ends here is a word like any other.
        byte[] closed = Arrays.copyOf(text, length + 1);
        closed[length] = '\n';
        KeyShapes.mark(closed, length + 1, inside, marked);
        known = length;
      } else {
        known = Math.min(known, KeyShapes.mark(text, length, inside, marked));
      }
    }
    for (int i = marked.nextSetBit(0); i >= 0 && i < length; i = marked.nextSetBit(i + 1)) {
      if (text[i] != '\n') {
        text[i] = '*';
      }
    }
    return known;
  }
}
