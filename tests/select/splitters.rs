//! Splitters: scikit-learn's folds, for shuffled ones for the same permutation, and what each promises of the rows.

use std::collections::BTreeSet;

use polars::prelude::df;
use serde_json::Value;
use workbench::data::{Dataset, Target};
use workbench::select::{
    Fold, GroupKFold, GroupShuffleSplit, KFold, LeaveOneGroupOut, LeaveOneOut, LeavePGroupsOut, LeavePOut,
    RepeatedKFold, RepeatedStratifiedKFold, ShuffleSplit, Splitter, StratifiedGroupKFold, StratifiedKFold,
    StratifiedShuffleSplit, TimeSeriesSplit, TrainTestSplit,
};
use workbench::train::random;

use super::{check_error, positions, rows_of, rows_of_numbers, select_golden};

fn folds(value: &Value) -> Vec<Fold> {
    let fold = |fold: &Value| Fold { train: positions(&fold["train"]), validation: positions(&fold["validation"]) };
    value.as_array().unwrap().iter().map(fold).collect()
}

fn numbered(groups: &[usize]) -> Vec<u32> {
    groups.iter().map(|&group| group as u32).collect()
}

/// One case of the golden file: its data with groups.
fn data_of(case: &Value) -> Dataset {
    rows_of(&positions(&case["codes"])).with_groups(&numbered(&positions(&case["groups"]))).unwrap()
}

/// `n` rows in 3 classes and `n_groups` groups, as `seed` decides.
fn drawn(n: usize, n_groups: usize, seed: u64) -> Dataset {
    let order = random::permutation(n, seed, 0);
    let codes: Vec<usize> = order.iter().map(|&position| position % 3).collect();
    let groups: Vec<u32> = random::permutation(n, seed, 1).iter().map(|&at| (at * at % n_groups) as u32).collect();
    rows_of(&codes).with_groups(&groups).unwrap()
}

#[test]
fn unshuffled_folds_are_those_of_scikit_learn() {
    for case in select_golden()["splits"].as_array().unwrap() {
        let data = data_of(case);
        let splitters: [(&str, &dyn Splitter); 6] = [
            ("group_k_fold", &GroupKFold::new(4)),
            ("stratified_group_k_fold", &StratifiedGroupKFold::new(3)),
            ("leave_one_group_out", &LeaveOneGroupOut::new()),
            ("leave_one_out", &LeaveOneOut::new()),
            ("leave_p_groups_out", &LeavePGroupsOut::new(2)),
            ("leave_p_out", &LeavePOut::new(2)),
        ];
        for (name, splitter) in splitters {
            let Some(expected) = case.get(name) else { continue };
            assert_eq!(splitter.split(&data).unwrap(), folds(expected), "{name}");
        }
    }
    for case in select_golden()["time_series"].as_array().unwrap() {
        let size = |name: &str| case[name].as_u64().map(|size| size as usize);
        let mut splitter = TimeSeriesSplit::new(size("n_splits").unwrap()).gap(size("gap").unwrap());
        if let Some(rows) = size("test_size") {
            splitter = splitter.test_size(rows);
        }
        if let Some(rows) = size("max_train_size") {
            splitter = splitter.max_train_size(rows);
        }
        assert_eq!(splitter.split(&rows_of_numbers(size("n").unwrap())).unwrap(), folds(&case["folds"]));
    }
}

/// The fold of a split that validates the first of `order` and fits on the next.
fn first_and_next(order: &[usize], n_test: usize, n_train: usize) -> Fold {
    let (mut validation, mut train) = (order[..n_test].to_vec(), order[n_test..n_test + n_train].to_vec());
    validation.sort();
    train.sort();
    Fold { train, validation }
}

/// The rows of `data` that are in one of `groups`, and the others.
fn fold_of_groups(data: &Dataset, groups: &[usize]) -> Fold {
    let is_in = |row: &usize| groups.contains(&(data.groups().unwrap()[*row] as usize));
    let (validation, train) = (0..data.n_samples()).partition(is_in);
    Fold { train, validation }
}

/// Runs of `order`, the first of them longer.
fn cut(order: &[usize], n_splits: usize) -> Vec<Vec<usize>> {
    let (size, n_larger) = (order.len() / n_splits, order.len() % n_splits);
    let mut rest = order.iter().copied();
    (0..n_splits).map(|fold_idx| rest.by_ref().take(size + usize::from(fold_idx < n_larger)).collect()).collect()
}

/// What this file says of a permutation is what scikit-learn makes of its own, and what the splitters make of ours.
#[test]
fn shuffled_folds_are_those_of_scikit_learn_for_the_same_permutation() {
    let seed = 5;
    for case in select_golden()["splits"].as_array().unwrap() {
        let data = data_of(case);
        let n = data.n_samples();
        let n_groups = data.groups().unwrap().iter().collect::<BTreeSet<_>>().len();
        let (theirs, ours) = (positions(&case["permutation"]), random::permutation(n, seed, 0));
        let (n_test, n_train) = ((0.3 * n as f64).ceil() as usize, (0.45 * n as f64).floor() as usize);
        assert_eq!(first_and_next(&theirs, n_test, n_train), folds(&case["shuffle_split"])[0]);
        let splitter = ShuffleSplit::new(2, seed).test_size(0.3).train_size(0.45);
        assert_eq!(first_and_next(&ours, n_test, n_train), splitter.split(&data).unwrap()[0]);

        let cut_rows = |order: &[usize]| cut(order, 4).iter().map(|rows| rows.iter().copied().collect()).collect();
        let validation = |folds: Vec<Fold>| -> Vec<BTreeSet<usize>> {
            folds.into_iter().map(|fold| fold.validation.into_iter().collect()).collect()
        };
        let (of_theirs, of_ours): (Vec<BTreeSet<usize>>, Vec<BTreeSet<usize>>) = (cut_rows(&theirs), cut_rows(&ours));
        assert_eq!(of_theirs, validation(folds(&case["k_fold_shuffled"])));
        assert_eq!(of_ours, validation(KFold::new(4).shuffle(seed).split(&data).unwrap()));

        let (theirs, ours) = (positions(&case["group_permutation"]), random::permutation(n_groups, seed, 0));
        let cut_groups = |order: &[usize]| -> Vec<Fold> {
            cut(order, 4).iter().map(|groups| fold_of_groups(&data, groups)).collect()
        };
        assert_eq!(cut_groups(&theirs), folds(&case["group_k_fold_shuffled"]));
        assert_eq!(cut_groups(&ours), GroupKFold::new(4).shuffle(seed).split(&data).unwrap());

        let n_test = (0.3 * n_groups as f64).ceil() as usize;
        assert_eq!(fold_of_groups(&data, &theirs[..n_test]), folds(&case["group_shuffle_split"])[0]);
        let splitter = GroupShuffleSplit::new(2, seed).test_size(0.3);
        assert_eq!(fold_of_groups(&data, &ours[..n_test]), splitter.split(&data).unwrap()[0]);

        // Groups that are numbered by their place in the order come in that order without a shuffle.
        let renumbered = |order: &[usize]| {
            let place = |group: &u32| order.iter().position(|other| *other == *group as usize).unwrap() as u32;
            let groups: Vec<u32> = data.groups().unwrap().iter().map(place).collect();
            StratifiedGroupKFold::new(3).split(&data.clone().with_groups(&groups).unwrap()).unwrap()
        };
        let expected = folds(&case["stratified_group_k_fold_shuffled"]);
        assert_eq!(renumbered(&positions(&case["group_order"])), expected);
        assert_eq!(renumbered(&ours), StratifiedGroupKFold::new(3).shuffle(seed).split(&data).unwrap());
    }
}

#[test]
fn stratified_splits_take_as_many_of_each_class_as_scikit_learn() {
    for case in select_golden()["splits"].as_array().unwrap() {
        let (data, codes) = (data_of(case), positions(&case["codes"]));
        let fold = &StratifiedShuffleSplit::new(1, 4).test_size(0.3).split(&data).unwrap()[0];
        for (side, rows) in [("train", &fold.train), ("validation", &fold.validation)] {
            let count = |code: usize| rows.iter().filter(|&&row| codes[row] == code).count();
            assert_eq!([0, 1, 2].map(count).to_vec(), positions(&case["stratified_counts"][side]), "{side}");
        }
    }
}

#[test]
fn every_row_is_validated_as_often_as_promised() {
    for seed in 0..20 {
        let n = 30 + seed as usize;
        let data = drawn(n, 5 + seed as usize % 4, seed);
        let n_groups = data.groups().unwrap().iter().collect::<BTreeSet<_>>().len();
        let n_splits = 2 + seed as usize % 2;
        let splitters: [(&dyn Splitter, usize, usize); 9] = [
            (&GroupKFold::new(n_splits), n_splits, 1),
            (&GroupKFold::new(n_splits).shuffle(seed), n_splits, 1),
            (&StratifiedGroupKFold::new(n_splits), n_splits, 1),
            (&StratifiedGroupKFold::new(n_splits).shuffle(seed), n_splits, 1),
            (&LeaveOneOut::new(), n, 1),
            (&LeaveOneGroupOut::new(), n_groups, 1),
            (&LeavePOut::new(2), n * (n - 1) / 2, n - 1),
            (&RepeatedKFold::new(4, 3, seed), 12, 3),
            (&RepeatedStratifiedKFold::new(4, 3, seed), 12, 3),
        ];
        for (splitter, n_folds, times) in splitters {
            let folds = splitter.split(&data).unwrap();
            assert_eq!(folds.len(), n_folds, "{splitter:?}");
            let mut n_validated = vec![0; n];
            for fold in &folds {
                check_fold(fold, n, true);
                fold.validation.iter().for_each(|&row| n_validated[row] += 1);
            }
            assert_eq!(n_validated, vec![times; n], "{splitter:?}");
            assert_eq!(folds, splitter.split(&data).unwrap());
        }
    }
}

/// Both sides ascend and share no row.
#[track_caller]
fn check_fold(fold: &Fold, n: usize, is_whole: bool) {
    assert!(fold.train.is_sorted() && fold.validation.is_sorted());
    assert!(!fold.train.is_empty() && !fold.validation.is_empty());
    let both: BTreeSet<usize> = fold.train.iter().chain(&fold.validation).copied().collect();
    assert_eq!(both.len(), fold.train.len() + fold.validation.len());
    assert!(both.iter().all(|&row| row < n) && (!is_whole || both.len() == n));
}

#[test]
fn groups_are_never_separated() {
    for seed in 0..20 {
        let data = drawn(40, 8, seed);
        let splitters: [&dyn Splitter; 7] = [
            &GroupKFold::new(3),
            &GroupKFold::new(3).shuffle(seed),
            &StratifiedGroupKFold::new(2),
            &StratifiedGroupKFold::new(2).shuffle(seed),
            &LeaveOneGroupOut::new(),
            &LeavePGroupsOut::new(2),
            &GroupShuffleSplit::new(5, seed),
        ];
        for splitter in splitters {
            for fold in splitter.split(&data).unwrap() {
                let of = |rows: &[usize]| rows.iter().map(|&row| data.groups().unwrap()[row]).collect::<BTreeSet<_>>();
                assert!(of(&fold.train).is_disjoint(&of(&fold.validation)), "{splitter:?}");
                check_fold(&fold, 40, true);
            }
        }
    }
}

#[test]
fn random_splits_differ_and_have_their_sizes() {
    let data = drawn(50, 10, 1);
    for splitter in [
        &ShuffleSplit::new(6, 3).test_size(7).train_size(20) as &dyn Splitter,
        &StratifiedShuffleSplit::new(6, 3).test_size(7).train_size(20),
    ] {
        let folds = splitter.split(&data).unwrap();
        let distinct: BTreeSet<Vec<usize>> = folds.iter().map(|fold| fold.validation.clone()).collect();
        assert_eq!(distinct.len(), 6);
        for fold in &folds {
            check_fold(fold, 50, false);
            assert_eq!((fold.train.len(), fold.validation.len()), (20, 7));
        }
    }
    let defaults: [(&dyn Splitter, usize); 3] = [
        (&ShuffleSplit::new(1, 3), 5),
        (&StratifiedShuffleSplit::new(1, 3), 5),
        (&ShuffleSplit::new(1, 3).train_size(0.5), 25),
    ];
    for (splitter, n_test) in defaults {
        let fold = splitter.split(&data).unwrap().swap_remove(0);
        assert_eq!((fold.train.len(), fold.validation.len()), (50 - n_test, n_test));
    }
}

#[test]
fn the_first_repeat_is_the_splitter_itself() {
    let data = drawn(31, 5, 2);
    let repeated = RepeatedKFold::new(4, 2, 9).split(&data).unwrap();
    assert_eq!(repeated[..4], KFold::new(4).shuffle(9).split(&data).unwrap());
    assert_ne!(repeated[..4], repeated[4..]);
    let repeated = RepeatedStratifiedKFold::new(4, 2, 9).split(&data).unwrap();
    assert_eq!(repeated[..4], StratifiedKFold::new(4).shuffle(9).split(&data).unwrap());
    assert_ne!(repeated[..4], repeated[4..]);
}

#[test]
fn what_cannot_be_split_is_named() {
    let data = rows_of(&[0, 0, 0, 1, 1, 1]);
    check_error(
        GroupKFold::new(2).split(&data),
        "GroupKFold needs to know which rows belong together; say it by `data.with_groups(&groups)?`, one number for each row, or \
         `data.with_group_column(\"patient\")?`",
    );
    let grouped = data.clone().with_groups(&[0, 0, 1, 1, 2, 2]).unwrap();
    let expected = "from 2 to 3, the number of groups";
    check_error(GroupKFold::new(4).split(&grouped), &format!("GroupKFold.n_splits is 4, but it must be {expected}"));
    check_error(
        StratifiedGroupKFold::new(1).split(&grouped),
        &format!("StratifiedGroupKFold.n_splits is 1, but it must be {expected}"),
    );
    check_error(
        StratifiedGroupKFold::new(4).split(&data.clone().with_groups(&[0, 1, 2, 3, 4, 5]).unwrap()),
        "StratifiedGroupKFold.n_splits is 4, but it must be no greater than 3, the rows of the largest class",
    );
    check_error(
        LeavePGroupsOut::new(3).split(&grouped),
        "LeavePGroupsOut.n_groups is 3, but it must be at least 1, and less than the number of groups, which is 3",
    );
    check_error(
        LeavePOut::new(0).split(&data),
        "LeavePOut.p is 0, but it must be at least 1, and less than the number of rows, which is 6",
    );
    check_error(
        LeavePOut::new(20).split(&rows_of_numbers(60)),
        "LeavePOut.p: the number of folds × rows is more than 250000000, but it must be at most 250000000; use `KFold`, `GroupKFold` or \
         `ShuffleSplit`",
    );
    check_error(
        ShuffleSplit::new(2, 1).test_size(6).split(&data),
        "ShuffleSplit.test_size is 6, but it must be a fraction greater than 0 and less than 1, or a number of rows less than 6",
    );
    check_error(
        ShuffleSplit::new(2, 1).test_size(f64::NAN).split(&data),
        "ShuffleSplit.test_size is NaN, but it must be a fraction greater than 0 and less than 1, or a number of rows less than 6",
    );
    check_error(
        ShuffleSplit::new(2, 1).test_size(4).train_size(3).split(&data),
        "ShuffleSplit: the number of rows is 3 to fit on and 4 to validate on, but it must be at least 1 on each side, and no more \
         than 6 together, the number of rows",
    );
    check_error(ShuffleSplit::new(0, 1).split(&data), "ShuffleSplit.n_splits is 0, but it must be at least 1");
    check_error(
        StratifiedShuffleSplit::new(2, 1).test_size(1).split(&data),
        "StratifiedShuffleSplit: the number of test rows is 1, but it must be at least 2, the number of classes",
    );
    check_error(RepeatedKFold::new(2, 0, 1).split(&data), "RepeatedKFold.n_repeats is 0, but it must be at least 1");
    check_error(
        TimeSeriesSplit::new(2).test_size(3).split(&data),
        "TimeSeriesSplit is n_splits 2, test_size 3, gap 0, but it must be such that gap + n_splits · test_size is less than 6, \
         the number of rows",
    );
    check_error(
        TimeSeriesSplit::new(2).test_size(usize::MAX).split(&data),
        &format!(
            "TimeSeriesSplit is n_splits 2, test_size {}, gap 0, but it must be such that gap + n_splits · test_size is less than 6, \
             the number of rows",
            usize::MAX
        ),
    );
    let one = Dataset::new(df!("x" => [1.0]).unwrap(), Target::Values(vec![1.0]), "y").unwrap();
    assert!(LeaveOneOut::new().split(&one).is_err());
    assert!(ShuffleSplit::new(1, 1).split(&one).is_err());
}

#[test]
fn one_split_with_settings() {
    let data = drawn(60, 6, 3);
    let x = |side: &Dataset| -> Vec<usize> {
        side.features().column("x").unwrap().f64().unwrap().iter().flatten().map(|x| x as usize).collect()
    };
    let check = |split: TrainTestSplit, n_train: usize, n_test: usize| {
        let (train, test) = split.split(&data).unwrap();
        assert_eq!((train.n_samples(), test.n_samples()), (n_train, n_test), "{split:?}");
        let both: BTreeSet<usize> = x(&train).into_iter().chain(x(&test)).collect();
        assert_eq!(both.len(), n_train + n_test);
        let (again, _) = split.split(&data).unwrap();
        assert_eq!(x(&again), x(&train));
        (train, test)
    };
    let (_, test) = check(TrainTestSplit::new(0.3, 5), 42, 18);
    let Target::Classes { codes, .. } = test.target() else { panic!("classes") };
    assert_eq!([0, 1, 2].map(|class| codes.iter().filter(|&&code| code == class).count()), [6, 6, 6]);
    check(TrainTestSplit::new(10, 5).train_size(0.5).unstratified(), 30, 10);
    let (train, test) = check(TrainTestSplit::new(10, 5).train_size(20).in_order(), 20, 10);
    assert_eq!((x(&train), x(&test)), ((0..20).collect(), (20..30).collect()));
    let (train, test) = TrainTestSplit::new(1, 5).keep_groups().split(&data).unwrap();
    let groups = |side: &Dataset| side.groups().unwrap().iter().copied().collect::<BTreeSet<u32>>();
    assert!(groups(&train).is_disjoint(&groups(&test)) && groups(&test).len() == 1);
    check_error(
        TrainTestSplit::new(1, 5).keep_groups().in_order().split(&data),
        "TrainTestSplit is both in order and of whole groups, but it must be one of both",
    );
    assert!(TrainTestSplit::new(0.3, 5).keep_groups().split(&rows_of(&[0, 0, 1, 1])).is_err());
}
