//! Steps on sequences of tokens.

use workbench::augment::*;

use super::{check_error, only};

const PAD: u32 = 0;
const FIRST: u32 = 1;
const LAST: u32 = 2;

/// Twenty tokens between two protected ones, then padding.
fn sentence() -> Vec<u32> {
    let mut tokens = vec![FIRST];
    tokens.extend(100..120);
    tokens.push(LAST);
    tokens.extend([PAD; 6]);
    tokens
}

fn each(step: impl Into<Step>, check: impl Fn(Vec<u32>)) {
    let augment = only(step);
    for index in 0..300 {
        check(augment.augment(&sentence(), 0, index).unwrap());
    }
}

fn sorted(mut tokens: Vec<u32>) -> Vec<u32> {
    tokens.sort_unstable();
    tokens
}

#[track_caller]
fn check_frame(tokens: &[u32]) {
    assert_eq!((tokens.len(), tokens[0]), (28, FIRST), "{tokens:?}");
    let end = tokens.iter().position(|token| *token == LAST).unwrap();
    assert!(tokens[end + 1..].iter().all(|token| *token == PAD) && !tokens[..end].contains(&PAD), "{tokens:?}");
}

#[test]
fn swaps_and_shuffles_lose_nothing_and_leave_what_is_protected() {
    each(TokenSwap::new().share(0.5).reach(3).pad(PAD).protect([FIRST, LAST]), |tokens| {
        check_frame(&tokens);
        assert_eq!(sorted(tokens), sorted(sentence()));
    });
    each(TokenShuffle::new().window(4).pad(PAD).protect([FIRST, LAST]), |tokens| {
        check_frame(&tokens);
        for window in 0..5 {
            let expected: Vec<u32> = (100 + 4 * window..104 + 4 * window).collect();
            let place = 1 + 4 * window as usize;
            assert_eq!(sorted(tokens[place..place + 4].to_vec()), expected, "{tokens:?}");
        }
    });
    let swapped = only(TokenSwap::new().share(1.0)).augment(&sentence(), 0, 0).unwrap();
    assert_ne!(swapped, sentence());
}

#[test]
fn dropped_tokens_are_padded_and_inserted_ones_take_padding() {
    let mut n_dropped = 0;
    for index in 0..300 {
        let drop = TokenDrop::new().share(0.2).pad(PAD).protect([FIRST, LAST]);
        let tokens = only(drop).augment(&sentence(), 0, index).unwrap();
        check_frame(&tokens);
        let words: Vec<u32> = tokens.into_iter().filter(|token| *token >= 100).collect();
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        n_dropped += 20 - words.len();
    }
    // 6000 draws of 0.2: four deviations are 124.
    assert!((1076..1324).contains(&n_dropped), "{n_dropped}");
    each(TokenInsert::new([7, 8]).share(0.1).pad(PAD).protect([FIRST, LAST]), |tokens| {
        let n_inserted = tokens.iter().filter(|token| [7, 8].contains(*token)).count();
        assert_eq!(tokens.len(), 22 + n_inserted.max(6));
        let rest: Vec<u32> = tokens.into_iter().filter(|token| ![7, 8, PAD].contains(token)).collect();
        assert_eq!(rest, sentence()[..22]);
    });
    // Without padding lengths change, and one token is always left.
    let alone = only(TokenDrop::new().share(1.0)).augment(&vec![5_u32, 6, 7], 0, 0).unwrap();
    assert!(alone.len() == 1 && [5, 6, 7].contains(&alone[0]));
    assert_eq!(only(TokenInsert::new(9).share(1.0)).augment(&vec![5_u32], 0, 0).unwrap(), [9, 5]);
}

#[test]
fn masks_hide_words_and_numbers() {
    let words: Vec<String> = ["[CLS]", "der", "Vogel", "singt", "[SEP]", "[PAD]"].map(String::from).to_vec();
    let mask = || TokenMask::new("[MASK]").share(1.0).pad("[PAD]").protect(["[CLS]", "[SEP]"]);
    assert_eq!(only(mask()).augment(&words, 0, 0).unwrap(), ["[CLS]", "[MASK]", "[MASK]", "[MASK]", "[SEP]", "[PAD]"]);
    assert_eq!(only(mask().share(0.0)).augment(&words, 0, 0).unwrap(), words);
    each(TokenMask::new(3).pad(PAD).protect(vec![FIRST, LAST]), |tokens| {
        check_frame(&tokens);
        assert!(tokens.iter().zip(sentence()).all(|(new, old)| *new == old || *new == 3));
    });
}

#[test]
fn tokens_of_another_kind_are_refused() {
    check_error(
        only(TokenMask::new("[MASK]").share(1.0)).augment(&vec![5_u32], 0, 0),
        "a token of `mask`, `vocabulary` or `pad` is \"[MASK]\", but it must be a number, as the sequence's own tokens are",
    );
    check_error(
        only(TokenInsert::new(-4).share(1.0)).augment(&vec![5_u32], 0, 0),
        "a token of `mask`, `vocabulary` or `pad` is -4, but it must be a number from 0 to 4294967295",
    );
    check_error(
        only(TokenInsert::new(4).share(1.0)).augment(&vec!["a".to_string()], 0, 0),
        "a token of `mask`, `vocabulary` or `pad` is 4, but it must be a word, as the sequence's own tokens are",
    );
    check_error(
        only(TokenMask::default()).augment(&vec![5_u32], 0, 0),
        "step `token_mask`: token_mask.mask is empty, but it must be at least one token",
    );
    check_error(
        only(TokenShuffle::new().window(1)).augment(&vec![5_u32], 0, 0),
        "step `token_shuffle`: token_shuffle.window is 1, but it must be 2 to 1000000",
    );
}

#[test]
fn short_sequences_stay_sequences() {
    let steps: Vec<Step> = vec![
        TokenSwap::new().share(1.0).reach(1000).into(),
        TokenDrop::new().share(1.0).into(),
        TokenMask::new(9).share(1.0).into(),
        TokenInsert::new([8, 9]).share(1.0).into(),
        TokenShuffle::new().into(),
    ];
    for n in 0..6_u32 {
        for step in &steps {
            for index in 0..20 {
                let tokens = only(step.clone()).augment(&(0..n).collect::<Vec<_>>(), 0, index).unwrap();
                assert_eq!(tokens.is_empty(), n == 0, "{step:?} of {n}");
            }
        }
    }
}
